#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "server/core/time.h"
#include "server/domain/record/record.h"
#include "server/domain/record/revision.h"

namespace perigee::domain {

// Values are those of perigee.v1.Program.State.
enum class ProgramState : std::uint8_t { kOpen = 1, kClosed };
// How long a giving period of thanks is. Values are those of perigee.v1.Program.ThanksPeriod.
enum class ThanksPeriod : std::uint8_t { kUnset = 0, kWeek, kMonth };

inline constexpr int kOrbitReviewMonths = 3;

struct Program {
  std::string id;  // Names the books that hold the record. Not a field of the record.
  std::string display_name;
  std::string time_zone = "UTC";
  Time create_time{};
  Time update_time{};
  Revision revision = 0;
  ProgramState state = ProgramState::kOpen;
  // How many asks a member may get in a rolling window, of all teams together. Absent: the default.
  std::optional<int> ask_limit = std::nullopt;
  std::optional<int> ask_window_days = std::nullopt;
  int thanks_limit = 0;                               // 0: kThanksLimitDefault.
  ThanksPeriod thanks_period = ThanksPeriod::kUnset;  // Unset: a week.
  int orbit_review_months = 0;                        // 0: as kOrbitReviewMonths.

  // How often levels of the orbit may fall.
  int OrbitReviewMonths() const {
    return orbit_review_months == 0 ? kOrbitReviewMonths : orbit_review_months;
  }

  static constexpr int kNumber = 1;
  static constexpr std::string_view kTable = "program";
  static constexpr bool kAppendOnly = false;
  static auto Fields();
};
template <>
const RecordType& TypeOf<Program>();

struct Asset {
  std::string id;
  std::string display_name{};
  int decimals = 0;
  bool spendable = false;
  bool overdraft = false;
  int lot_lifetime_months = 0;  // 0: lots never expire, and none are kept.
  Time create_time{};
  Revision revision = 0;

  bool HasLots() const { return lot_lifetime_months > 0; }

  static constexpr int kNumber = 2;
  static constexpr std::string_view kTable = "asset";
  static constexpr bool kAppendOnly = false;
  static auto Fields();
};
template <>
const RecordType& TypeOf<Asset>();

inline constexpr std::size_t kDisplayNameBytesMax = 200;
inline constexpr int kAskLimitDefault = 3;
inline constexpr int kAskLimitMax = 1000;
inline constexpr int kAskWindowDaysDefault = 90;
inline constexpr int kAskWindowDaysMax = 366;
inline constexpr int kThanksLimitDefault = 3;
inline constexpr int kThanksLimitMax = 1000;
inline constexpr int kDecimalsMax = 18;
inline constexpr int kLotLifetimeMonthsMax = 1200;

// The etag of any resource. It changes with the revision, and with nothing else.
std::string Etag(Revision revision);

// OK if `asked` is empty or the etag of `revision`. Otherwise kEtagMismatch.
absl::Status CheckEtag(const std::string& asked, Revision revision);

// kInvalidField, naming `field`, for a limit of asks that is neither absent nor 0 to kAskLimitMax.
absl::Status CheckAskLimit(std::string_view field, std::optional<int> limit);

// kInvalidField for a field outside the limits of program.proto, naming the field as in a Create
// request (`program_id`, `asset.decimals`).
absl::Status ValidateProgram(const Program& program);
absl::Status ValidateAsset(const Asset& asset);

// kProgramClosed / kProgramNotClosed if the programme is already in that state.
absl::Status Close(Program& program);
absl::Status Reopen(Program& program);

// The refusal of a change in a closed programme, kProgramClosed.
absl::Status ProgramClosed(const std::string& id);
// kProgramNotClosed unless the programme is closed.
absl::Status CheckClosed(const Program& program);

// `reputation` (earned, never spent), `affiliation` (grows by connecting people, never spent)
// and `access` (spent, in lots of 12 months).
std::vector<Asset> DefaultAssets(Time now, Revision revision);

}  // namespace perigee::domain
