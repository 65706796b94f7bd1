// Asks for what is hidden and for what is missing in turn, many times, and compares the answers by
// bytes and by time.

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "perigee/v1/member.grpc.pb.h"
#include "tests/services/access/access_server.h"

namespace perigee::tests {
namespace {

using std::chrono::steady_clock;

constexpr int kPairs = 10'000;
// The share of pairs in which the hidden takes longer is 0.5 if time tells nothing. Its standard
// error is 0.004 at 10 000 samples a side; the bound leaves room for a busy machine.
constexpr double kShareMax = 0.05;

// All that a caller sees of a refusal, with one name in the place of another.
std::string Seen(const grpc::Status& status, const std::string& name, const std::string& as) {
  std::string seen = std::to_string(status.error_code()) + "\n" + status.error_message() + "\n" +
                     status.error_details();
  for (std::size_t at = seen.find(name); at != std::string::npos; at = seen.find(name, at)) {
    seen.replace(at, name.size(), as);
  }
  return seen;
}

// The share of pairs (one of each) in which a sample of `a` is above one of `b`, ties half, and the
// z of the Mann–Whitney test.
std::pair<double, double> Compare(const std::vector<double>& a, const std::vector<double>& b) {
  std::vector<std::pair<double, bool>> all;
  for (const double sample : a) {
    all.emplace_back(sample, true);
  }
  for (const double sample : b) {
    all.emplace_back(sample, false);
  }
  std::ranges::sort(all);
  double ranks = 0;  // Of `a`; equal samples share the mean of theirs.
  for (std::size_t begin = 0; begin < all.size();) {
    std::size_t end = begin;
    while (end < all.size() && all[end].first == all[begin].first) {
      ++end;
    }
    for (std::size_t i = begin; i < end; ++i) {
      ranks += all[i].second ? static_cast<double>(begin + end + 1) / 2 : 0;
    }
    begin = end;
  }
  const auto n = static_cast<double>(a.size());
  const auto m = static_cast<double>(b.size());
  const double u = ranks - n * (n + 1) / 2;
  return {u / (n * m), (u - n * m / 2) / std::sqrt(n * m * (n + m + 1) / 12)};
}

class HiddenIsMissingTest : public testing::Test {
 protected:
  // `hidden` and `missing` are of one length.
  void Measure(const std::string& subject, const std::string& hidden, const std::string& missing) {
    const auto stub = v1::MemberService::NewStub(server.channel());
    const std::string authorization = "Bearer " + server.Token(subject);
    const auto ask = [&](const std::string& name, std::vector<double>& times) {
      grpc::ClientContext context;
      context.AddMetadata("authorization", authorization);
      v1::GetMemberRequest request;
      request.set_name(name);
      v1::Member member;
      const auto begin = steady_clock::now();
      const grpc::Status status = stub->GetMember(&context, request, &member);
      times.push_back(
          std::chrono::duration<double, std::micro>(steady_clock::now() - begin).count());
      EXPECT_EQ(status.error_code(), grpc::StatusCode::NOT_FOUND) << status.error_message();
      return Seen(status, name.substr(0, name.find('/', 9)), "PROGRAMME");
    };
    std::mt19937 random(7);
    std::vector<double> times[2];
    const auto rename = [&](std::string seen) {
      const std::string id = missing.substr(missing.rfind('/') + 1);
      const std::string as = hidden.substr(hidden.rfind('/') + 1);
      for (std::size_t at = seen.find(id); id != as && at != std::string::npos;
           at = seen.find(id, at + as.size())) {
        seen.replace(at, id.size(), as);
      }
      return seen;
    };
    std::vector<double> warm_up;
    ask(hidden, warm_up);
    ask(missing, warm_up);
    for (int i = 0; i < kPairs && !HasFailure(); ++i) {
      std::string seen[2];
      const unsigned first = random() % 2;
      for (const unsigned side : {first, 1 - first}) {
        seen[side] = ask(side == 0 ? hidden : missing, times[side]);
      }
      EXPECT_EQ(seen[0], rename(seen[1]));
    }
    const auto [share, z] = Compare(times[0], times[1]);
    for (std::vector<double>& side : times) {
      std::ranges::nth_element(side, side.begin() + kPairs / 2);
    }
    std::printf("%s and %s: %d pairs, medians %.1f and %.1f us, share %.4f, z %.2f\n",
                hidden.c_str(), missing.c_str(), kPairs, times[0][kPairs / 2], times[1][kPairs / 2],
                share, z);
    EXPECT_NEAR(share, 0.5, kShareMax);
  }

  AccessServer server;
};

TEST_F(HiddenIsMissingTest, AForeignProgramme) {
  Measure("ada", "programs/umbrella/members/bob", "programs/parasols/members/bob");
}

TEST_F(HiddenIsMissingTest, AnotherMember) {
  Measure("ada", "programs/acme/members/bob", "programs/acme/members/bub");
}

}  // namespace
}  // namespace perigee::tests
