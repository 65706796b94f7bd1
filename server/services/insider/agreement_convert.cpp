#include "server/services/insider/agreement_convert.h"

#include "server/core/resource_name.h"
#include "server/domain/program/program.h"
#include "server/services/convert.h"
#include "server/use_cases/insider/agreements.h"

namespace perigee::services {

v1::Agreement ToProto(const std::string& program, const domain::Agreement& agreement) {
  v1::Agreement out;
  out.set_name(FormatName(kAgreementPattern, {program, agreement.id}));
  out.set_display_name(agreement.display_name);
  out.set_version(agreement.version);
  out.set_required_version(agreement.required_version);
  out.set_accepted_days(agreement.accepted_days);
  *out.mutable_create_time() = ToTimestamp(agreement.create_time);
  out.set_etag(domain::Etag(agreement.edit_revision));
  out.set_revision(agreement.revision);
  return out;
}

v1::AgreementVersion ToProto(const std::string& program, const domain::AgreementVersion& version) {
  v1::AgreementVersion out;
  out.set_name(FormatName(kAgreementVersionPattern,
                          {program, version.agreement, std::to_string(version.version)}));
  out.set_digest(version.digest);
  *out.mutable_create_time() = ToTimestamp(version.create_time);
  out.set_revision(version.revision);
  return out;
}

v1::OwnAgreement ToProto(const std::string& program, const use_cases::KnownAgreement& known) {
  v1::OwnAgreement out;
  out.set_name(FormatName(kAgreementPattern, {program, known.agreement.id}));
  out.set_display_name(known.agreement.display_name);
  out.set_version(known.agreement.version);
  out.set_bound(known.bound);
  return out;
}

v1::AgreementAcceptance ToProto(const std::string& program, const use_cases::AcceptanceView& view,
                                const std::string& member, Time now) {
  const domain::Acceptance& acceptance = view.acceptance;
  v1::AgreementAcceptance out;
  if (!member.empty()) {
    out.set_name(member + "/acceptances/" + std::to_string(acceptance.id));
  }
  out.set_agreement(FormatName(kAgreementPattern, {program, acceptance.agreement}));
  out.set_version(acceptance.version);
  out.set_digest(acceptance.digest);
  out.set_state(static_cast<v1::AgreementAcceptance::State>(
      domain::StateOf(acceptance, view.agreement, now)));
  out.set_device(acceptance.device);
  *out.mutable_create_time() = ToTimestamp(acceptance.create_time);
  if (acceptance.accept_time.has_value()) {
    *out.mutable_accept_time() = ToTimestamp(*acceptance.accept_time);
  }
  if (acceptance.expire_time.has_value()) {
    *out.mutable_expire_time() = ToTimestamp(*acceptance.expire_time);
  }
  if (acceptance.withdraw_time.has_value()) {
    *out.mutable_withdraw_time() = ToTimestamp(*acceptance.withdraw_time);
  }
  out.set_revision(acceptance.revision);
  return out;
}

}  // namespace perigee::services
