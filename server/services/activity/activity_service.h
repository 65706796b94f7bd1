#pragma once

#include "perigee/v1/activity.grpc.pb.h"
#include "server/services/call.h"

namespace perigee {
class PageTokens;
}  // namespace perigee

namespace perigee::services {

// activity.proto. `call` and `tokens` must outlive it. Safe from many threads.
class ActivityAdminService final : public v1::ActivityAdminService::CallbackService {
 public:
  ActivityAdminService(Call& call, const PageTokens& tokens);

  grpc::ServerUnaryReactor* RecordActivity(grpc::CallbackServerContext* context,
                                           const v1::RecordActivityRequest* request,
                                           v1::RecordActivityResponse* response) override;
  grpc::ServerReadReactor<v1::RecordActivitiesRequest>* RecordActivities(
      grpc::CallbackServerContext* context, v1::RecordActivitiesResponse* response) override;
  grpc::ServerUnaryReactor* GetActivity(grpc::CallbackServerContext* context,
                                        const v1::GetActivityRequest* request,
                                        v1::Activity* response) override;
  grpc::ServerUnaryReactor* ListActivities(grpc::CallbackServerContext* context,
                                           const v1::ListActivitiesRequest* request,
                                           v1::ListActivitiesResponse* response) override;

 private:
  Call& call_;
  const PageTokens& tokens_;
  const Method record_activity_;
  const Method record_activities_;
  const Method get_activity_;
  const Method list_activities_;
};

}  // namespace perigee::services
