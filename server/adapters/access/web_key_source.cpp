#include <openssl/err.h>
#include <openssl/ssl.h>

#include <string_view>
#include <utility>

#include "server/adapters/access/key_source.h"
#include "server/adapters/web/web_client.h"
#include "server/core/error.h"
#include "server/core/status_macros.h"
#include "server/core/web_address.h"

namespace perigee::adapters {
namespace {

constexpr int kOk = 200;
constexpr int kRedirectMin = 300;
constexpr int kRedirectMax = 399;

struct FreeContext {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};

class WebKeySource final : public KeySource {
 public:
  WebKeySource(std::string url, WebAddress address, std::string ca_file, WebPatience patience)
      : url_(std::move(url)), client_({patience.step, patience.all}) {
    request_.address = std::move(address);
    request_.ca_file = std::move(ca_file);
    request_.headers = {{"Accept", "application/json"}, {"Accept-Encoding", "identity"}};
    request_.text_bytes_max = kKeySetBytesMax;
  }

  absl::StatusOr<std::optional<std::string>> Read(bool) override {
    WebAnswer answer = client_.Ask(request_);
    switch (answer.fault) {
      case WebFault::kTooLong:
        return InvalidField(url_, "answers more than 1 MiB");
      case WebFault::kCancelled:
        return InvalidField(url_, "is not asked any more");
      case WebFault::kTimeout:
        return InvalidField(url_, "takes too long to answer");
      default:
        break;
    }
    if (answer.status >= kRedirectMin && answer.status <= kRedirectMax) {
      return InvalidField(url_, "answers with a redirect, which is not followed");
    }
    if (answer.status != 0 && answer.status != kOk) {
      return InvalidField(url_, "answers with status " + std::to_string(answer.status));
    }
    if (answer.fault != WebFault::kNone) {
      return InvalidField(url_, "cannot be asked: " + answer.cause);
    }
    return std::move(answer.text);
  }

  void Cancel() override { client_.Cancel(); }
  bool IsFile() const override { return false; }
  const std::string& name() const override { return url_; }

 private:
  const std::string url_;
  WebRequest request_;
  WebClient client_;
};

bool HasCertificates(const std::string& file) {
  const std::unique_ptr<SSL_CTX, FreeContext> context(SSL_CTX_new(TLS_client_method()));
  const bool has = context != nullptr &&
                   SSL_CTX_load_verify_locations(context.get(), file.c_str(), nullptr) == 1;
  ERR_clear_error();
  return has;
}

}  // namespace

absl::StatusOr<std::unique_ptr<KeySource>> MakeKeySource(const std::string& place,
                                                         const std::string& ca_file,
                                                         WebPatience patience) {
  if (place.empty()) {
    return InvalidField("keys", "is required: a path or an https URL");
  }
  if (!IsWebAddress(place)) {
    return MakeFileKeySource(place);
  }
  PERIGEE_ASSIGN_OR_RETURN(WebAddress address, ParseWebAddress(place));
  if (!ca_file.empty() && !HasCertificates(ca_file)) {
    return InvalidField(ca_file, "has no certificates in PEM");
  }
  return std::make_unique<WebKeySource>(place, std::move(address), ca_file, patience);
}

}  // namespace perigee::adapters
