#include "server/sign_in.h"

#include <cstddef>
#include <utility>

#include "server/core/status_macros.h"
#include "server/domain/access/role_grant.h"
#include "server/ports/store.h"
#include "server/runtime/access_file.h"

namespace perigee {
namespace {

services::Gatekeeper::Options OptionsOf(const runtime::AccessFile& file,
                                        const std::string& secret) {
  services::Gatekeeper::Options options;
  options.operators = file.operators;
  options.secret = secret;
  options.rate = {file.limits.calls_per_second, file.limits.burst};
  options.program_rate = {file.limits.program_calls_per_second, file.limits.program_burst};
  return options;
}

adapters::Algorithm AlgorithmOf(runtime::TokenAlgorithm algorithm) {
  switch (algorithm) {
    case runtime::TokenAlgorithm::kRs256:
      return adapters::Algorithm::kRs256;
    case runtime::TokenAlgorithm::kEs256:
      return adapters::Algorithm::kEs256;
    case runtime::TokenAlgorithm::kEdDsa:
      break;
  }
  return adapters::Algorithm::kEdDsa;
}

}  // namespace

absl::StatusOr<std::unique_ptr<SignIn>> SignIn::Open(const std::optional<runtime::AccessFile>& file,
                                                     ports::Store& store, const std::string& secret,
                                                     const ports::SteadyClock& clock) {
  if (!file.has_value() || (file->issuers.empty() && !file->internal_tls.has_value())) {
    return nullptr;
  }
  adapters::TokenOptions options;
  options.clock_skew = file->clock_skew;
  for (const runtime::Issuer& issuer : file->issuers) {
    adapters::IssuerOptions one;
    one.issuer = issuer.issuer;
    one.audiences = issuer.audiences;
    one.keys = issuer.keys;
    one.ca_file = issuer.ca_file;
    one.algorithms.clear();
    for (const runtime::TokenAlgorithm algorithm : issuer.algorithms) {
      one.algorithms.push_back(AlgorithmOf(algorithm));
    }
    options.issuers.push_back(std::move(one));
  }
  PERIGEE_ASSIGN_OR_RETURN(std::unique_ptr<adapters::IssuerTokens> tokens,
                           adapters::IssuerTokens::Start(options, clock));
  return std::unique_ptr<SignIn>(new SignIn(*file, store, secret, std::move(tokens)));
}

SignIn::SignIn(const runtime::AccessFile& file, ports::Store& store, const std::string& secret,
               std::unique_ptr<adapters::IssuerTokens> tokens)
    : tokens_(std::move(tokens)),
      view_(store, store.feed()),
      gatekeeper_(*tokens_, view_, OptionsOf(file, secret)) {
  for (const runtime::Issuer& issuer : file.issuers) {
    issuers_.insert(issuer.issuer);
  }
  if (file.internal_tls.has_value()) {
    issuers_.emplace(domain::kTlsIssuer);
  }
}

runtime::SignInFigures SignIn::Figures() const {
  runtime::SignInFigures figures;
  const auto refused = tokens_->refused();
  for (std::size_t i = 0; i < refused.size(); ++i) {
    figures.refused[adapters::NameOf(static_cast<adapters::TokenFault>(i))] = refused[i];
  }
  figures.refused["nameless"] = gatekeeper_.nameless();
  for (const adapters::IssuerHealth& issuer : tokens_->health()) {
    figures.issuers.push_back({issuer.issuer, issuer.keys, issuer.age, issuer.failures});
  }
  return figures;
}

}  // namespace perigee
