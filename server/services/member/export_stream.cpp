#include "server/services/member/export_stream.h"

#include <utility>

#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/ports/clock.h"
#include "server/ports/store.h"

namespace perigee::services {
namespace {

constexpr std::size_t kMessageBytes = 64 * 1024;

}  // namespace

grpc::ServerWriteReactor<grpc::ByteBuffer>* ExportStream::Start(
    ExportStreams& all, Call& call, const RunningCall& running,
    const v1::ExportMemberRequest& request) {
  const auto stream = std::make_shared<ExportStream>(all, call, running, request);
  const bool goes_on = all.Add(stream);
  const auto parts = ParseName("name", request.name(), kMemberPattern);
  if (!goes_on) {
    stream->Stop();
  } else if (!parts.ok()) {
    stream->End(parts.status());
  } else {
    stream->export_ = std::make_unique<MemberExport>((*parts)[0], (*parts)[1]);
    stream->Begin();
  }
  return stream.get();
}

absl::Status ExportStream::Look() {
  {
    Lock lock(mutex_);
    if (sent_ < piece_.size()) {
      return Admit(lock);
    }
  }
  PERIGEE_RETURN_IF_ERROR(RecordRead());
  std::string piece;
  const absl::Status read = call_.store().Read([&](ports::StoreReader& reader) -> absl::Status {
    PERIGEE_ASSIGN_OR_RETURN(piece, export_->Next(reader, call_.clock().Now()));
    return absl::OkStatus();
  });
  if (!read.ok()) {
    // The document may have lost its place, so even a failure that may pass is the end.
    End(read);
    return absl::OkStatus();
  }
  Lock lock(mutex_);
  piece_ = std::move(piece);
  sent_ = 0;
  read_all_ = export_->ended();
  return Admit(lock);
}

std::optional<grpc::ByteBuffer> ExportStream::Next(Lock& lock) {
  if (sent_ == piece_.size()) {
    return std::nullopt;
  }
  v1::ExportMemberResponse message;
  message.set_json(piece_.substr(sent_, kMessageBytes));
  sent_ += message.json().size();
  if (sent_ == piece_.size()) {
    if (read_all_) {
      EndAfterThis(lock);
    } else {
      look_due_ = true;
    }
  }
  return ToBytes(message);
}

grpc::ByteBuffer ExportStream::Heartbeat(Lock&) { return ToBytes(v1::ExportMemberResponse()); }

void ExportStream::OnDone() { all_.Remove(shared_from_this()); }

}  // namespace perigee::services
