#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"

namespace perigee::adapters {

inline constexpr std::size_t kKeySetBytesMax = std::size_t{1024} * 1024;

// The place where an issuer publishes its keys. Used by one thread, apart from Cancel.
class KeySource {
 public:
  virtual ~KeySource() = default;

  // The text of the key set. nullopt if it cannot have changed since the last call; `anew` looks at
  // it even so. kInvalidField, naming the source and the cause, if it cannot be read or has more
  // than kKeySetBytesMax bytes.
  virtual absl::StatusOr<std::optional<std::string>> Read(bool anew) = 0;
  // Ends the running Read soon and fails every later one. Called from any thread.
  virtual void Cancel() {}
  // Whether the source is on this machine, so that it must be there from the start and can be
  // looked at often.
  virtual bool IsFile() const = 0;
  // The path or the URL.
  virtual const std::string& name() const = 0;
};

// How long a web source may take for one answer.
struct WebPatience {
  std::chrono::milliseconds step{5000};  // To connect, and for each part of the answer.
  std::chrono::milliseconds all{10'000};
  // How long a start waits for the first answers of all URLs together.
  std::chrono::milliseconds start{3000};
};

// A source at an https URL, which must prove its name to one of the authorities in `ca_file`, or
// of the system if that is empty, or in a file. A URL of plain http is taken only if its host is
// this machine: `localhost`, 127.0.0.0/8 or [::1]. Redirects are failures. kInvalidField, naming
// `place`, if it can be neither of the two, and, naming `ca_file`, if that has no certificates.
absl::StatusOr<std::unique_ptr<KeySource>> MakeKeySource(const std::string& place,
                                                         const std::string& ca_file,
                                                         WebPatience patience = {});

// A source in a file. Changes are noticed by time, size and identity of the file.
std::unique_ptr<KeySource> MakeFileKeySource(std::string path);

}  // namespace perigee::adapters
