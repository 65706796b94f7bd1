// Measures what it costs a page that its readers sign in.

#include <array>
#include <chrono>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "clients/cli/development_issuer.h"
#include "perigee/v1/access.pb.h"
#include "server/core/status_macros.h"
#include "tests/bench/parts.h"
#include "tests/bench/sample.h"

namespace perigee::bench {
namespace {

constexpr int kChannels = 4;
constexpr int kInFlight = 64;
constexpr int kPhonesPerMember = 10;
constexpr double kRateTarget = 0.93;
// One microsecond more than the nine that a page takes.
constexpr double kCpuTarget = 1.11;
constexpr double kPhonesRateTarget = 0.5;
constexpr std::chrono::hours kLifetime{24};

// Lets everybody of the first programme sign in: the n-th member by the subject n.
absl::Status LetSignIn(const load::Target& target, const std::string& address,
                       const std::string& token) {
  load::Call call;
  call.name = "identities";
  call.channels = load::Connect(address, kChannels);
  call.method = "/perigee.v1.AccessAdminService/CreateIdentity";
  call.token = [&token](std::uint64_t) { return token; };
  call.request = [&target, run = NewRun()](std::uint64_t n) {
    v1::CreateIdentityRequest request;
    request.set_parent(target.members[n]);
    request.mutable_identity()->set_issuer(cli::kDevelopmentIssuer);
    request.mutable_identity()->set_subject(std::to_string(n));
    request.set_request_id(load::RequestId(run, n));
    return load::ToBytes(request);
  };
  return AllWell("identities", load::RunCalls({{call}}, kInFlight, target.members.size()).Total());
}

// A token for each phone, several for each member.
absl::StatusOr<std::vector<std::string>> TokensOfPhones(const std::string& issuer,
                                                        std::size_t members) {
  std::vector<std::string> tokens;
  for (std::size_t phone = 0; phone < members * kPhonesPerMember; ++phone) {
    const std::chrono::seconds lifetime = kLifetime + std::chrono::seconds(phone / members);
    PERIGEE_ASSIGN_OR_RETURN(tokens.emplace_back(),
                             cli::MakeToken(issuer, std::to_string(phone % members), lifetime));
  }
  return tokens;
}

load::Load Pages(const Site& site, const tests::ServerProcess& server) {
  return LoadOn(site.targets(), load::PageCall, server.Address("public"), kChannels);
}

struct Figures {
  Rounds rate;
  Rounds cpu;
};
struct Side {
  const tests::ServerProcess& server;
  load::Load load;
};
absl::StatusOr<Figures> Compare(const Bench& bench, const Side& floor, const Side& ours) {
  Figures figures;
  for (int round = -1; round < bench.size.rounds; ++round) {
    // The first round is the warm-up.
    PERIGEE_ASSIGN_OR_RETURN(
        const Sample a, TakeSample(floor.server, {}, floor.load, kInFlight, bench.size.seconds));
    PERIGEE_ASSIGN_OR_RETURN(const Sample b,
                             TakeSample(ours.server, {}, ours.load, kInFlight, bench.size.seconds));
    if (round >= 0) {
      figures.rate.Add(a.rate, b.rate);
      figures.cpu.Add(a.cpu_us, b.cpu_us);
    }
  }
  return figures;
}

void AddLines(const Bench& bench, const std::string& work, const std::string& floor_is,
              double rate_target, double cpu_target, const Figures& figures) {
  bench.Add({.work = work + ": rate",
             .floor_is = floor_is,
             .unit = "calls/s",
             .target = {Target::Bound::kAtLeast, rate_target}},
            figures.rate);
  bench.Add({.work = work + ": server CPU",
             .floor_is = floor_is,
             .unit = "us/call",
             .target = {Target::Bound::kAtMost, cpu_target}},
            figures.cpu);
}

}  // namespace

absl::Status MeasureSignedIn(const Bench& bench) {
  std::cerr << "measuring pages for callers who sign in\n";
  PERIGEE_RETURN_IF_ERROR(bench.site.Stop());
  const Workshop& workshop = bench.site.workshop();
  const std::string issuer = workshop.folder + "/issuer";
  const std::string access = issuer + "/access.toml";
  PERIGEE_RETURN_IF_ERROR(cli::MakeDevelopmentIssuer(issuer));
  std::ofstream(access, std::ios::app) << "[limits]\ncalls_per_second = 1000000\nburst = 1000000\n"
                                          "program_calls_per_second = 1000000\n"
                                          "program_burst = 1000000\n";
  const Communities communities = MakeCommunities(1, bench.size.boards_members);
  const std::string& engine = bench.site.engine();
  PERIGEE_ASSIGN_OR_RETURN(const std::unique_ptr<Site> open,
                           Site::Open(workshop, engine, communities, "open"));
  PERIGEE_ASSIGN_OR_RETURN(const std::unique_ptr<Site> closed,
                           Site::Open(workshop, engine, communities, "signed-in"));
  PERIGEE_ASSIGN_OR_RETURN(const tests::ServerProcess* without, open->Serve());
  PERIGEE_ASSIGN_OR_RETURN(const tests::ServerProcess* with, closed->Serve({.access = access}));
  const load::Target& target = closed->targets().front();
  PERIGEE_ASSIGN_OR_RETURN(const std::string root,
                           cli::MakeToken(issuer, cli::kDevelopmentOperator, kLifetime));
  PERIGEE_RETURN_IF_ERROR(LetSignIn(target, with->Address("internal"), root));
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> tokens,
                           TokensOfPhones(issuer, target.members.size()));

  Side nobody{*without, Pages(*open, *without)};
  Side one{*with, Pages(*closed, *with)};
  one.load.calls.front().token = [&tokens](std::uint64_t) { return tokens.front(); };
  PERIGEE_ASSIGN_OR_RETURN(const Figures signed_in, Compare(bench, nobody, one));
  AddLines(bench, "board page, signed in", "the same where nobody signs in", kRateTarget,
           kCpuTarget, signed_in);

  Side phones{*with, Pages(*closed, *with)};
  phones.load.calls.front().token = [&tokens](std::uint64_t n) {
    return tokens[n % tokens.size()];
  };
  const double cpu = with->CpuSeconds();
  PERIGEE_RETURN_IF_ERROR(
      AllWell("pages", load::RunCalls(phones.load, kInFlight, tokens.size()).Total()));
  bench.Add(Fact{.what = "the first page of a phone: server CPU",
                 .unit = "us",
                 .value = (with->CpuSeconds() - cpu) * 1e6 / static_cast<double>(tokens.size())});
  PERIGEE_ASSIGN_OR_RETURN(const Figures many, Compare(bench, one, phones));
  AddLines(bench, absl::StrCat("board page, ", tokens.size(), " phones in turn"),
           "the same for one phone", kPhonesRateTarget, 1 / kPhonesRateTarget, many);
  PERIGEE_RETURN_IF_ERROR(open->Stop());
  return closed->Stop();
}

}  // namespace perigee::bench
