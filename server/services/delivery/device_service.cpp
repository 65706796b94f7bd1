#include "server/services/delivery/device_service.h"

#include <string>
#include <utility>
#include <vector>

#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/core/vapid.h"
#include "server/services/delivery/delivery_convert.h"
#include "server/services/lookup.h"
#include "server/services/paging.h"
#include "server/use_cases/delivery/devices.h"

namespace perigee::services {
namespace {

using domain::Device;

absl::Status RequirePush(const VapidKey* vapid) {
  return vapid != nullptr ? absl::OkStatus()
                          : Error(Reason::kPushNotConfigured, "the server has no key for Web Push");
}

absl::StatusOr<v1::PushKey> GetPushKey(const v1::GetPushKeyRequest& request,
                                       const ports::Store& store, const VapidKey* vapid) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("parent", request.parent(), kProgramPattern));
  return ReadFrom(store, [&](ports::StoreReader& reader) -> absl::StatusOr<v1::PushKey> {
    PERIGEE_RETURN_IF_ERROR(RequireProgram(reader, parts[0]).status());
    PERIGEE_RETURN_IF_ERROR(RequirePush(vapid));
    v1::PushKey key;
    key.set_public_key(vapid->PublicKey());
    return key;
  });
}

absl::StatusOr<Change> ChangeToRegister(const v1::RegisterDeviceRequest& request,
                                        const VapidKey* vapid, OutgoingRules rules) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("parent", request.parent(), kMemberPattern));
  PERIGEE_RETURN_IF_ERROR(RequirePush(vapid));
  Device device;
  device.display_name = request.device().display_name();
  device.endpoint = request.device().endpoint();
  device.p256dh = request.device().p256dh();
  device.auth = request.device().auth();
  return Change{
      parts[0], [parts, device, rules](ports::StoreReader& reader, const ports::UnitContext& unit) {
        return Answered(
            use_cases::RegisterDevice(reader, unit, parts[0], parts[1], device, rules),
            [&](const Device& made) { return ToProto(MemberName(parts[0], parts[1]), made); });
      }};
}

absl::StatusOr<Change> ChangeToRemove(const CallContext&, const v1::RemoveDeviceRequest& request) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("name", request.name(), kDevicePattern));
  return Change{parts[0], [parts](ports::StoreReader& reader, const ports::UnitContext&) {
                  return Answered(use_cases::RemoveDevice(reader, parts[0], parts[1], parts[2]),
                                  [](const Device&) { return v1::RemoveDeviceResponse(); });
                }};
}

absl::StatusOr<v1::ListOwnDevicesResponse> ListOwn(const v1::ListOwnDevicesRequest& request,
                                                   const ports::Store& store,
                                                   const PageTokens& tokens) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("parent", request.parent(), kMemberPattern));
  PERIGEE_ASSIGN_OR_RETURN(const Page page,
                           Page::Parse(tokens, "ListOwnDevices " + request.parent(), request));
  using Answer = absl::StatusOr<v1::ListOwnDevicesResponse>;
  return ReadFrom(store, [&](ports::StoreReader& reader) -> Answer {
    PERIGEE_ASSIGN_OR_RETURN(std::vector<Device> devices,
                             use_cases::DevicesOf(reader, parts[0], parts[1]));
    v1::ListOwnDevicesResponse response;
    response.set_next_page_token(page.CutById(devices));
    for (const Device& device : devices) {
      *response.add_devices() = ToProto(request.parent(), device);
    }
    return response;
  });
}

}  // namespace

DeviceService::DeviceService(Call& call, const PageTokens& tokens, const VapidKey* vapid,
                             OutgoingRules rules)
    : Service(call, "perigee.v1.DeviceService") {
  Read<v1::GetPushKeyRequest>("GetPushKey", [this, vapid](const CallContext&, const auto& asked) {
    return services::GetPushKey(asked, store(), vapid);
  });
  Write<v1::RegisterDeviceRequest>("RegisterDevice",
                                   [vapid, rules](const CallContext&, const auto& request) {
                                     return ChangeToRegister(request, vapid, rules);
                                   });
  Read<v1::ListOwnDevicesRequest>("ListOwnDevices",
                                  [this, &tokens](const CallContext&, const auto& asked) {
                                    return ListOwn(asked, store(), tokens);
                                  });
  Write<v1::RemoveDeviceRequest>("RemoveDevice", ChangeToRemove);
}

}  // namespace perigee::services
