#pragma once

#include <openssl/err.h>

namespace perigee {

// Leaves the thread's queue of OpenSSL's errors as it was. TLS connections on the same thread would
// take what a bad key or signature leaves there for an error of their own.
class ErrorsForgotten {
 public:
  ErrorsForgotten() { ERR_set_mark(); }
  ~ErrorsForgotten() { ERR_pop_to_mark(); }
  ErrorsForgotten(const ErrorsForgotten&) = delete;
  ErrorsForgotten& operator=(const ErrorsForgotten&) = delete;
};

}  // namespace perigee
