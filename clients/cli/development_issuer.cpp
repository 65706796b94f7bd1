#include "clients/cli/development_issuer.h"

#include <array>
#include <cerrno>
#include <fstream>
#include <memory>
#include <sstream>

#include <fcntl.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <nlohmann/json.hpp>

#include "absl/strings/escaping.h"
#include "clients/cli/failure.h"
#include "server/core/status_macros.h"

namespace perigee::cli {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr char kKeyFile[] = "key.pem";
constexpr char kPushKeyFile[] = "push.key";
constexpr std::size_t kPointBytes = 32;
constexpr std::size_t kSignatureBytes = 64;

using KeyPtr = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using BioPtr = std::unique_ptr<BIO, decltype(&BIO_free)>;

std::string Base64Url(std::string_view bytes) {
  std::string text;
  absl::WebSafeBase64Escape({bytes.data(), bytes.size()}, &text);
  text.erase(text.find_last_not_of('=') + 1);
  return text;
}

template <std::size_t N>
std::string_view View(const std::array<unsigned char, N>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string KeySet(EVP_PKEY* key) {
  std::array<unsigned char, kPointBytes> point{};
  std::size_t size = point.size();
  EVP_PKEY_get_raw_public_key(key, point.data(), &size);
  const json jwk{{"kty", "OKP"}, {"crv", "Ed25519"}, {"alg", "EdDSA"},
                 {"use", "sig"}, {"kid", "dev"},     {"x", Base64Url(View(point))}};
  return json{{"keys", {jwk}}}.dump() + "\n";
}

std::string PemOf(EVP_PKEY* key) {
  const BioPtr bio(BIO_new(BIO_s_mem()), &BIO_free);
  PEM_write_bio_PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
  char* pem = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &pem);
  return {pem, static_cast<std::size_t>(size)};
}

std::string AccessFile() {
  return std::string("# Made by `perigee login --init`: for development on this machine alone.\n") +
         "[[issuers]]\nissuer = \"" + kDevelopmentIssuer + "\"\naudiences = [\"" +
         kDevelopmentAudience + "\"]\nkeys = \"jwks.json\"\n\n[[operators]]\nissuer = \"" +
         kDevelopmentIssuer + "\"\nsubject = \"" + kDevelopmentOperator +
         "\"\n\n[outgoing]\nloopback = true\n\n[web_push]\nkey = \"" + kPushKeyFile +
         "\"\ncontact = \"mailto:root@localhost\"\n";
}

absl::StatusOr<KeyPtr> ReadKey(const fs::path& folder) {
  std::ifstream file(folder / kKeyFile, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  const std::string pem = text.str();
  const BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), &BIO_free);
  KeyPtr key(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr), &EVP_PKEY_free);
  if (key == nullptr || EVP_PKEY_get_id(key.get()) != EVP_PKEY_ED25519) {
    return UsageFailure("there is no key of a development issuer in " + folder.string() +
                        ". `./dev up` makes one.");
  }
  return key;
}

}  // namespace

absl::Status WritePrivateFile(const fs::path& path, const std::string& text) {
  const int file =
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, S_IRUSR | S_IWUSR);
  const bool written =
      file >= 0 && ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  if (file >= 0) {
    ::close(file);
  }
  return written ? absl::OkStatus() : UsageFailure(path.string() + " cannot be written.");
}

absl::Status MakeDevelopmentIssuer(const fs::path& folder) {
  std::error_code error;
  if (fs::exists(folder / kKeyFile, error)) {
    return absl::OkStatus();
  }
  fs::create_directories(folder, error);
  const KeyPtr key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"), &EVP_PKEY_free);
  const KeyPtr push_key(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"), &EVP_PKEY_free);
  PERIGEE_RETURN_IF_ERROR(WritePrivateFile(folder / kPushKeyFile, PemOf(push_key.get())));
  PERIGEE_RETURN_IF_ERROR(WritePrivateFile(folder / "jwks.json", KeySet(key.get())));
  PERIGEE_RETURN_IF_ERROR(WritePrivateFile(folder / "access.toml", AccessFile()));
  // The key comes last: where it is, all of it is.
  return WritePrivateFile(folder / kKeyFile, PemOf(key.get()));
}

absl::StatusOr<std::string> MakeToken(const fs::path& folder, const std::string& subject,
                                      std::chrono::seconds lifetime) {
  PERIGEE_ASSIGN_OR_RETURN(const KeyPtr key, ReadKey(folder));
  const auto now =
      std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()).time_since_epoch();
  const json header{{"alg", "EdDSA"}, {"kid", "dev"}, {"typ", "JWT"}};
  const json claims{{"iss", kDevelopmentIssuer},
                    {"aud", kDevelopmentAudience},
                    {"sub", subject},
                    {"iat", now.count()},
                    {"exp", (now + lifetime).count()}};
  // A subject need not be UTF-8; the server says what is wrong with it.
  const auto text = [](const json& of) {
    return Base64Url(of.dump(-1, ' ', false, json::error_handler_t::replace));
  };
  const std::string signed_text = text(header) + "." + text(claims);
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                        &EVP_MD_CTX_free);
  std::array<unsigned char, kSignatureBytes> signature{};
  std::size_t size = signature.size();
  if (EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key.get()) != 1 ||
      EVP_DigestSign(context.get(), signature.data(), &size,
                     reinterpret_cast<const unsigned char*>(signed_text.data()),
                     signed_text.size()) != 1) {
    return absl::InternalError("the key does not sign");
  }
  return signed_text + "." + Base64Url(View(signature));
}

}  // namespace perigee::cli
