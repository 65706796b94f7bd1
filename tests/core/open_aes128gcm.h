#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace perigee::tests {

// A reader of its own of the content coding `aes128gcm`, which shares no code with the writer and
// takes any number of records and any padding.

// The text of a body. nullopt if `secret` does not open it, or if it is malformed.
std::optional<std::string> OpenAes128Gcm(std::string_view secret, std::string_view body);

// The text of a push message, as the browser reads it that has the private number, 32 bytes, and
// the secret of the subscription.
std::optional<std::string> OpenPush(std::string_view number, std::string_view auth,
                                    std::string_view body);

// The key of a private number, in PEM.
std::string PemOf(std::string_view number);
// Its public half.
std::string PointOf(std::string_view number);

}  // namespace perigee::tests
