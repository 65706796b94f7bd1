#pragma once

#include <memory>

#include <grpcpp/security/server_credentials.h>

#include "server/runtime/door_certificate.h"

namespace perigee::runtime {

// TLS 1.2 or 1.3 with a certificate that is renewed while the server runs. Must outlive the server.
std::shared_ptr<grpc::ServerCredentials> RenewedCredentials(DoorCertificate certificate);

}  // namespace perigee::runtime
