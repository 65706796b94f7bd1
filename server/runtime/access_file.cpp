#include "server/runtime/access_file.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <filesystem>
#include <limits>
#include <string_view>
#include <utility>

#include <toml++/toml.h>

#include "absl/strings/str_cat.h"
#include "server/core/error.h"
#include "server/core/status_macros.h"
#include "server/runtime/text_file.h"

namespace perigee::runtime {
namespace {

namespace fs = std::filesystem;

constexpr int kClockSkewMaxSeconds = 300;
constexpr int kCallsMax = 1'000'000'000;
constexpr std::array<std::pair<std::string_view, TokenAlgorithm>, 3> kAlgorithms{
    {{"RS256", TokenAlgorithm::kRs256},
     {"ES256", TokenAlgorithm::kEs256},
     {"EdDSA", TokenAlgorithm::kEdDsa}}};

// Reads one table, and keeps the first fault. A key that nobody reads is a fault, so that a
// misspelt key does not leave a door more open than its owner thinks.
class Reader {
 public:
  // `path` leads to the table: empty for the file itself, or `issuers[0]`.
  Reader(std::string path, const toml::table& table) : path_(std::move(path)), table_(table) {}

  // A text that is not empty. `required`: it must be there.
  std::string Text(const char* key, bool required) {
    const toml::node* node = Find(key);
    if (node == nullptr) {
      if (required) {
        Refuse(key, "is missing");
      }
      return {};
    }
    return TextOf(*node, key);
  }

  // At least one text. Empty if the key is not there.
  std::vector<std::string> Texts(const char* key, bool required) {
    std::vector<std::string> texts;
    const toml::array* array = Array(key);
    if (array == nullptr ? required && !table_.contains(key) : array->empty()) {
      Refuse(key, "must be a list of at least one");
    }
    if (array != nullptr) {
      for (std::size_t i = 0; i < array->size(); ++i) {
        texts.push_back(TextOf((*array)[i], absl::StrCat(key, "[", i, "]")));
      }
    }
    return texts;
  }

  int Whole(const char* key, int least, int most, int fallback) {
    const toml::node* node = Find(key);
    if (node == nullptr) {
      return fallback;
    }
    const std::optional<std::int64_t> value = node->value_exact<std::int64_t>();
    if (!value.has_value() || *value < least || *value > most) {
      Refuse(key, absl::StrCat("must be a whole number from ", least, " to ", most));
      return fallback;
    }
    return static_cast<int>(*value);
  }

  bool Flag(const char* key) {
    const toml::node* node = Find(key);
    const std::optional<bool> value =
        node == nullptr ? std::optional(false) : node->value_exact<bool>();
    if (!value.has_value()) {
      Refuse(key, "must be true or false");
    }
    return value.value_or(false);
  }

  // Calls `read` with a reader of the table, if it is there. False if it is not.
  template <class Read>
  bool Inner(const char* key, Read read) {
    const toml::node* node = Find(key);
    return node != nullptr && Enter(*node, key, read);
  }
  template <class Read>
  void EachOf(const char* key, Read read) {
    if (const toml::array* array = Array(key); array != nullptr) {
      for (std::size_t i = 0; i < array->size(); ++i) {
        Enter((*array)[i], absl::StrCat(key, "[", i, "]"), read);
      }
    }
  }

  void Refuse(std::string_view key, std::string_view what) {
    if (status_.ok()) {
      status_ = InvalidField(PathOf(key), what);
    }
  }

  // The first fault. Unknown keys are told of first, because they explain what is missing.
  absl::Status Finish() {
    for (const auto& [key, node] : table_) {
      if (std::ranges::find(known_, key.str()) == known_.end()) {
        return InvalidField(PathOf(key.str()), "is not a key of the access file");
      }
    }
    return status_;
  }

 private:
  std::string PathOf(std::string_view key) const {
    return path_.empty() ? std::string(key) : absl::StrCat(path_, ".", std::string(key));
  }

  const toml::node* Find(const char* key) {
    known_.emplace_back(key);
    return table_.get(key);
  }

  const toml::array* Array(const char* key) {
    const toml::node* node = Find(key);
    if (node != nullptr && !node->is_array()) {
      Refuse(key, "must be a list");
    }
    return node == nullptr ? nullptr : node->as_array();
  }

  std::string TextOf(const toml::node& node, std::string_view key) {
    std::string text = node.value_exact<std::string>().value_or("");
    if (text.empty()) {
      Refuse(key, "must be a text that is not empty");
    }
    return text;
  }

  template <class Read>
  bool Enter(const toml::node& node, std::string_view key, Read read) {
    if (!node.is_table()) {
      Refuse(key, "must be a table");
      return false;
    }
    Reader inner(PathOf(key), *node.as_table());
    read(inner);
    status_.Update(inner.Finish());
    return true;
  }

  const std::string path_;
  const toml::table& table_;
  std::vector<std::string> known_;
  absl::Status status_;
};

bool IsHttpAtTheLoopback(std::string_view url) {
  constexpr std::array<std::string_view, 3> kHosts{"http://127.0.0.1", "http://localhost",
                                                   "http://[::1]"};
  // What stands before an @ is a user's name, not the host.
  return url.find('@') == std::string_view::npos &&
         std::ranges::any_of(kHosts, [url](std::string_view host) {
           return url.starts_with(host) &&
                  (url.size() == host.size() || url[host.size()] == '/' || url[host.size()] == ':');
         });
}

Issuer ReadIssuer(Reader& reader, const fs::path& folder) {
  Issuer issuer;
  issuer.issuer = reader.Text("issuer", true);
  if (issuer.issuer == domain::kTlsIssuer) {
    reader.Refuse("issuer", "must be another one: this name is that of client certificates");
  }
  issuer.audiences = reader.Texts("audiences", true);
  issuer.keys = reader.Text("keys", true);
  issuer.keys_are_at_url = issuer.keys.starts_with("https://") || IsHttpAtTheLoopback(issuer.keys);
  if (!issuer.keys_are_at_url) {
    if (issuer.keys.find("://") != std::string::npos) {
      reader.Refuse("keys", "must be a file, or a URL of https, or of http at the loopback");
    }
    issuer.keys = folder / issuer.keys;
  }
  if (const std::string ca_file = reader.Text("ca_file", false); !ca_file.empty()) {
    issuer.ca_file = folder / ca_file;
  }
  std::vector<TokenAlgorithm> algorithms;
  for (const std::string& name : reader.Texts("algorithms", false)) {
    const auto* const found =
        std::ranges::find(kAlgorithms, name, &std::pair<std::string_view, TokenAlgorithm>::first);
    if (found == kAlgorithms.end()) {
      reader.Refuse("algorithms", "must be of RS256, ES256 and EdDSA");
    } else {
      algorithms.push_back(found->second);
    }
  }
  if (!algorithms.empty()) {
    issuer.algorithms = std::move(algorithms);
  }
  return issuer;
}

void ReadIssuers(Reader& reader, const fs::path& folder, AccessFile& access) {
  reader.EachOf("issuers", [&](Reader& table) {
    Issuer issuer = ReadIssuer(table, folder);
    if (std::ranges::find(access.issuers, issuer.issuer, &Issuer::issuer) != access.issuers.end()) {
      table.Refuse("issuer", "is there twice");
    }
    access.issuers.push_back(std::move(issuer));
  });
}

void ReadTls(Reader& reader, const fs::path& folder, AccessFile& access) {
  reader.Inner("tls", [&](Reader& table) {
    access.tls =
        DoorTls{folder / table.Text("certificate", true), folder / table.Text("key", true), {}};
  });
  const bool internal = reader.Inner("internal_tls", [&](Reader& table) {
    access.internal_tls = access.tls.value_or(DoorTls{});
    access.internal_tls->client_ca = folder / table.Text("client_ca", true);
  });
  if (internal && !access.tls.has_value()) {
    reader.Refuse("tls", "is missing: [internal_tls] goes with it");
  }
}

// An operator whom nobody can vouch for would be a slip of the pen, found when it is too late.
void ReadOperators(Reader& reader, AccessFile& access) {
  reader.EachOf("operators", [&access](Reader& table) {
    domain::Subject one{table.Text("issuer", true), table.Text("subject", true)};
    if (one.issuer == domain::kTlsIssuer) {
      if (!access.internal_tls.has_value()) {
        table.Refuse("issuer", "is `tls`, but without [internal_tls] no client has a certificate");
      }
    } else if (std::ranges::find(access.issuers, one.issuer, &Issuer::issuer) ==
               access.issuers.end()) {
      table.Refuse("issuer", "must be that of one of the issuers, or `tls`");
    }
    access.operators.push_back(std::move(one));
  });
}

void ReadLimits(Reader& reader, Limits& limits) {
  reader.Inner("limits", [&limits](Reader& table) {
    const auto read = [&table](const char* key, int& limit) {
      limit = table.Whole(key, 1, kCallsMax, limit);
    };
    read("calls_per_second", limits.calls_per_second);
    read("burst", limits.burst);
    read("program_calls_per_second", limits.program_calls_per_second);
    read("program_burst", limits.program_burst);
  });
}

void ReadSending(Reader& reader, const fs::path& folder, AccessFile& access) {
  reader.Inner("outgoing", [&](Reader& table) {
    access.outgoing.loopback = table.Flag("loopback");
    if (const std::string ca_file = table.Text("ca_file", false); !ca_file.empty()) {
      access.outgoing.ca_file = folder / ca_file;
    }
  });
  reader.Inner("web_push", [&](Reader& table) {
    access.web_push = WebPushAccess{folder / table.Text("key", true), table.Text("contact", true)};
  });
}

absl::StatusOr<AccessFile> Understand(const toml::table& table, const fs::path& folder) {
  AccessFile access;
  Reader reader("", table);
  access.clock_skew = std::chrono::seconds(reader.Whole(
      "clock_skew_seconds", 0, kClockSkewMaxSeconds, static_cast<int>(access.clock_skew.count())));
  ReadIssuers(reader, folder, access);
  ReadTls(reader, folder, access);
  ReadOperators(reader, access);
  ReadLimits(reader, access.limits);
  ReadSending(reader, folder, access);
  PERIGEE_RETURN_IF_ERROR(reader.Finish());
  return access;
}

}  // namespace

absl::StatusOr<AccessFile> ReadAccessFile(const std::string& path) {
  PERIGEE_ASSIGN_OR_RETURN(const std::string text, ReadTextFile(path));
  // The library reports by exceptions; they end here.
  try {
    return Understand(toml::parse(text), fs::path(path).parent_path());
  } catch (const toml::parse_error& error) {
    return InvalidField(absl::StrCat("line ", error.source().begin.line),
                        absl::StrCat("is no TOML: ", std::string(error.description())));
  }
}

}  // namespace perigee::runtime
