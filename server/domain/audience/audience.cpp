#include "server/domain/audience/audience.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "server/core/check.h"
#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/domain/member/member.h"
#include "server/domain/orbit/level.h"

namespace perigee::domain {
namespace {

constexpr std::array<std::pair<std::string_view, StakeholderKind>, 8> kKinds = {{
    {"customer", StakeholderKind::kCustomer},
    {"employee", StakeholderKind::kEmployee},
    {"partner", StakeholderKind::kPartner},
    {"influencer", StakeholderKind::kInfluencer},
    {"citizen", StakeholderKind::kCitizen},
    {"donor", StakeholderKind::kDonor},
    {"alumni", StakeholderKind::kAlumni},
    {"investor", StakeholderKind::kInvestor},
}};

constexpr std::array<std::pair<std::string_view, OrbitLevel>, 4> kLevels = {{
    {"leading", OrbitLevel::kLeading},
    {"contributing", OrbitLevel::kContributing},
    {"participating", OrbitLevel::kParticipating},
    {"exploring", OrbitLevel::kExploring},
}};

enum class TermKind : std::uint8_t {
  kEverybody,
  kKind,
  kFacet,
  kTitle,
  kBadge,
  kTier,
  kOrbit,
  kMemberFor,
  kActivities
};

constexpr std::array<std::pair<std::string_view, TermKind>, 3> kTermsOfId = {
    {{"facet", TermKind::kFacet}, {"title", TermKind::kTitle}, {"badge", TermKind::kBadge}}};

// What a value may be, compared with the bound.
struct Comparison {
  bool less = false;
  bool equal = false;
  bool greater = false;
};

struct Term {
  TermKind kind = TermKind::kEverybody;
  StakeholderKind stakeholder = StakeholderKind::kCustomer;
  OrbitLevel level = OrbitLevel::kExploring;
  std::string id;  // Of a facet, title or badge; of a tier `scheme/level`.
  AskedActivities activities;
  Comparison comparison;
  std::int64_t bound = 0;  // Days, or activities.
  std::string text;
};

bool Holds(std::int64_t value, Comparison comparison, std::int64_t bound) {
  return value < bound ? comparison.less : value == bound ? comparison.equal : comparison.greater;
}

enum class Operation : std::uint8_t { kTerm, kNot, kAnd, kOr };

// A node's operands come before it.
struct Node {
  Operation operation = Operation::kTerm;
  std::size_t term = 0;
  std::vector<std::size_t> operands;
};

// Of whom terms are true or not.
struct Subject {
  const Member& member;
  Time now{};
  CountActivities count;
  FindOrbitIndex find_index;
};

absl::StatusOr<bool> IsTrue(const Term& term, const Subject& subject) {
  const Member& member = subject.member;
  switch (term.kind) {
    case TermKind::kEverybody:
      return true;
    case TermKind::kKind:
      return std::ranges::binary_search(member.kinds, term.stakeholder);
    case TermKind::kFacet:
      return std::ranges::binary_search(member.facets, term.id);
    case TermKind::kTitle:
      return std::ranges::binary_search(member.titles, term.id);
    case TermKind::kBadge:
      return std::ranges::binary_search(member.badges, term.id);
    case TermKind::kTier:
      return std::ranges::binary_search(member.tiers, term.id);
    case TermKind::kOrbit: {
      PERIGEE_ASSIGN_OR_RETURN(const int index, subject.find_index());
      return index > 0 && LevelOf(index) <= term.level;
    }
    case TermKind::kMemberFor: {
      const auto days =
          std::chrono::floor<std::chrono::days>(subject.now - member.join_time).count();
      return Holds(days, term.comparison, term.bound);
    }
    case TermKind::kActivities: {
      PERIGEE_ASSIGN_OR_RETURN(const std::int64_t done, subject.count(term.activities));
      return Holds(done, term.comparison, term.bound);
    }
  }
  return false;
}

bool IsWordCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

}  // namespace

struct Audience::Predicate {
  class Parser;

  std::string text;
  std::vector<Term> terms;  // In the order of the text.
  std::vector<Node> nodes;  // The last is the whole.

  // A term by its index, and whether it is true.
  using Deciding = std::vector<std::pair<std::size_t, bool>>;
  // Adds the terms that decide to `deciding` unless it is null, in the order of the text.
  absl::StatusOr<bool> Judge(std::size_t at, const Subject& subject, Deciding* deciding) const;
};

// A recursive descent over the text. Every refusal names the place at which the text stops to be a
// predicate.
class Audience::Predicate::Parser {
 public:
  Parser(std::string_view field, std::string_view text, Predicate& to)
      : field_(field), text_(text), to_(to) {}

  absl::Status Parse() {
    PERIGEE_RETURN_IF_ERROR(Either(0).status());
    SkipSpaces();
    return next_ == text_.size() ? absl::OkStatus() : Expected("`and`, `or` or the end");
  }

 private:
  absl::Status RefusedAt(std::size_t at, std::string_view what) const {
    return Error(Reason::kInvalidField,
                 absl::StrCat(field_, " must be a predicate: at ", at + 1, ", ", std::string(what)),
                 {{"field", field_}, {"position", absl::StrCat(at + 1)}});
  }
  absl::Status Expected(std::string_view what) {
    SkipSpaces();
    return RefusedAt(next_, "expected " + std::string(what));
  }

  void SkipSpaces() {
    while (next_ < text_.size() && text_[next_] == ' ') {
      ++next_;
    }
  }
  bool Take(std::string_view sign) {
    SkipSpaces();
    if (!text_.substr(next_).starts_with(sign)) {
      return false;
    }
    next_ += sign.size();
    return true;
  }
  absl::Status Require(const std::string& sign) {
    return Take(sign) ? absl::OkStatus() : Expected("`" + sign + "`");
  }
  // The word that comes next, without taking it. Empty if none does.
  std::string_view Peek() {
    SkipSpaces();
    const auto* const begin = text_.begin() + next_;
    return {begin, std::find_if_not(begin, text_.end(), IsWordCharacter)};
  }
  bool TakeWord(std::string_view word) {
    if (Peek() != word) {
      return false;
    }
    next_ += word.size();
    return true;
  }

  absl::StatusOr<std::size_t> Either(int depth) {
    return Joined("or", Operation::kOr,
                  [&] { return Joined("and", Operation::kAnd, [&] { return One(depth); }); });
  }

  template <class Operand>
  absl::StatusOr<std::size_t> Joined(std::string_view word, Operation operation,
                                     const Operand& operand) {
    PERIGEE_ASSIGN_OR_RETURN(const std::size_t first, operand());
    Node node{operation, 0, {first}};
    while (TakeWord(word)) {
      PERIGEE_ASSIGN_OR_RETURN(const std::size_t next, operand());
      node.operands.push_back(next);
    }
    return node.operands.size() == 1 ? first : Add(std::move(node));
  }

  absl::StatusOr<std::size_t> One(int depth) {
    SkipSpaces();
    const std::size_t at = next_;
    if (depth >= kAudienceDepthMax) {
      return RefusedAt(at, absl::StrCat("it is nested more than ", kAudienceDepthMax, " deep"));
    }
    if (TakeWord("not")) {
      PERIGEE_ASSIGN_OR_RETURN(const std::size_t operand, One(depth + 1));
      return Add({Operation::kNot, 0, {operand}});
    }
    if (Take("(")) {
      PERIGEE_ASSIGN_OR_RETURN(const std::size_t inner, Either(depth + 1));
      if (!Take(")")) {
        return Expected("`and`, `or` or `)`");
      }
      return inner;
    }
    if (to_.terms.size() == kAudienceTermsMax) {
      return RefusedAt(at, absl::StrCat("it has more than ", kAudienceTermsMax, " terms"));
    }
    PERIGEE_ASSIGN_OR_RETURN(Term term, OneTerm());
    term.text = text_.substr(at, next_ - at);
    to_.terms.push_back(std::move(term));
    return Add({Operation::kTerm, to_.terms.size() - 1, {}});
  }

  absl::StatusOr<Term> OneTerm() {
    Term term;
    if (TakeWord("everybody")) {
      return term;
    }
    if (TakeWord("kind")) {
      term.kind = TermKind::kKind;
      PERIGEE_ASSIGN_OR_RETURN(
          term.stakeholder,
          TakeOneOf(kKinds,
                    "customer, employee, partner, influencer, citizen, donor, alumni or investor"));
      return term;
    }
    for (const auto& [word, kind] : kTermsOfId) {
      if (TakeWord(word)) {
        term.kind = kind;
        PERIGEE_RETURN_IF_ERROR(Require(":"));
        PERIGEE_ASSIGN_OR_RETURN(term.id, TakeId("the id of a " + std::string(word)));
        return term;
      }
    }
    if (TakeWord("tier")) {
      term.kind = TermKind::kTier;
      PERIGEE_RETURN_IF_ERROR(Require(":"));
      PERIGEE_ASSIGN_OR_RETURN(const std::string scheme, TakeId("the id of a scheme of tiers"));
      PERIGEE_RETURN_IF_ERROR(Require("/"));
      PERIGEE_ASSIGN_OR_RETURN(const std::string level, TakeId("the id of a level"));
      term.id = absl::StrCat(scheme, "/", level);
      return term;
    }
    if (TakeWord("orbit")) {
      term.kind = TermKind::kOrbit;
      PERIGEE_ASSIGN_OR_RETURN(
          term.level, TakeOneOf(kLevels, "leading, contributing, participating or exploring"));
      return term;
    }
    if (TakeWord("member_for")) {
      term.kind = TermKind::kMemberFor;
      PERIGEE_ASSIGN_OR_RETURN(term.comparison, TakeComparison());
      PERIGEE_ASSIGN_OR_RETURN(term.bound, TakeSpan());
      return term;
    }
    if (TakeWord("activities")) {
      return ActivitiesTerm();
    }
    return Expected(
        "a term: everybody, kind:…, facet:…, title:…, badge:…, tier:…, orbit:…, member_for or "
        "activities(…)");
  }

  absl::StatusOr<Term> ActivitiesTerm() {
    Term term;
    term.kind = TermKind::kActivities;
    const auto before = std::ranges::count(to_.terms, TermKind::kActivities, &Term::kind);
    if (static_cast<std::size_t>(before) == kAudienceActivitiesMax) {
      return RefusedAt(
          next_, absl::StrCat("it counts activities more than ", kAudienceActivitiesMax, " times"));
    }
    PERIGEE_RETURN_IF_ERROR(Require("("));
    const std::string_view word = Peek();
    const bool is_span = !word.empty() && word.front() >= '0' && word.front() <= '9';
    // A type may begin with a digit too. Then it has a comma behind it, and a span has none.
    const std::size_t at = next_;
    next_ += word.size();
    const bool is_type = Take(",");
    next_ = at;
    if (is_type || !is_span) {
      PERIGEE_ASSIGN_OR_RETURN(term.activities.type, TakeId("a type of activity or a span"));
      PERIGEE_RETURN_IF_ERROR(Require(","));
    }
    PERIGEE_ASSIGN_OR_RETURN(const std::int64_t days, TakeSpan());
    term.activities.days = static_cast<int>(days);
    PERIGEE_RETURN_IF_ERROR(Require(")"));
    PERIGEE_ASSIGN_OR_RETURN(term.comparison, TakeComparison());
    const std::string_view number = Peek();
    if (number.empty() || number.size() > 9 || !ToNumber(number, term.bound)) {
      return Expected("a number of at most 9 digits");
    }
    next_ += number.size();
    return term;
  }

  // Takes a colon and one of the words, which `what` names. Returns what the word stands for.
  template <class Value, std::size_t size>
  absl::StatusOr<Value> TakeOneOf(const std::array<std::pair<std::string_view, Value>, size>& words,
                                  std::string_view what) {
    PERIGEE_RETURN_IF_ERROR(Require(":"));
    const auto found = std::ranges::find(words, Peek(), [](const auto& of) { return of.first; });
    if (found == words.end()) {
      return Expected(what);
    }
    next_ += found->first.size();
    return found->second;
  }

  absl::StatusOr<std::string> TakeId(std::string_view what) {
    const std::string word(Peek());
    if (!CheckId(field_, word).ok()) {
      return Expected(what);
    }
    next_ += word.size();
    return word;
  }

  absl::StatusOr<Comparison> TakeComparison() {
    constexpr std::array<std::pair<std::string_view, Comparison>, 5> kSigns = {{
        {"<=", {.less = true, .equal = true}},
        {"<", {.less = true}},
        {">=", {.equal = true, .greater = true}},
        {">", {.greater = true}},
        {"=", {.equal = true}},
    }};
    for (const auto& [sign, comparison] : kSigns) {
      if (Take(sign)) {
        return comparison;
      }
    }
    return Expected("<, <=, =, >= or >");
  }

  // In days.
  absl::StatusOr<std::int64_t> TakeSpan() {
    const std::string_view word = Peek();
    std::int64_t days = 0;
    if (word.size() >= 2 && word.size() <= 6 && (word.ends_with('d') || word.ends_with('w')) &&
        ToNumber(word.substr(0, word.size() - 1), days)) {
      days *= word.ends_with('w') ? 7 : 1;
      if (days >= 1 && days <= kAudienceDaysMax) {
        next_ += word.size();
        return days;
      }
    }
    return Expected(absl::StrCat("a span of 1 to ", kAudienceDaysMax, " days, such as 30d or 6w"));
  }

  static bool ToNumber(std::string_view word, std::int64_t& number) {
    return std::ranges::all_of(word, [](char c) { return c >= '0' && c <= '9'; }) &&
           absl::SimpleAtoi(absl::string_view(word.data(), word.size()), &number);
  }

  std::size_t Add(Node node) {
    to_.nodes.push_back(std::move(node));
    return to_.nodes.size() - 1;
  }

  const std::string field_;
  const std::string_view text_;
  std::size_t next_ = 0;
  Predicate& to_;
};

absl::StatusOr<bool> Audience::Predicate::Judge(std::size_t at, const Subject& subject,
                                                Deciding* deciding) const {
  const Node& node = nodes[at];
  switch (node.operation) {
    case Operation::kTerm: {
      PERIGEE_ASSIGN_OR_RETURN(const bool is_true, IsTrue(terms[node.term], subject));
      if (deciding != nullptr) {
        deciding->emplace_back(node.term, is_true);
      }
      return is_true;
    }
    case Operation::kNot: {
      PERIGEE_ASSIGN_OR_RETURN(const bool inner, Judge(node.operands.front(), subject, deciding));
      return !inner;
    }
    case Operation::kAnd:
    case Operation::kOr: {
      // The first operand with this answer decides alone; otherwise all of them do.
      const bool decides = node.operation == Operation::kOr;
      const std::size_t before = deciding == nullptr ? 0 : deciding->size();
      for (const std::size_t operand : node.operands) {
        const std::size_t here = deciding == nullptr ? 0 : deciding->size();
        PERIGEE_ASSIGN_OR_RETURN(const bool is_true, Judge(operand, subject, deciding));
        if (is_true == decides) {
          if (deciding != nullptr) {
            deciding->erase(deciding->begin() + static_cast<std::ptrdiff_t>(before),
                            deciding->begin() + static_cast<std::ptrdiff_t>(here));
          }
          return decides;
        }
      }
      return !decides;
    }
  }
  return false;
}

absl::StatusOr<Audience> Audience::Compile(std::string_view field, std::string_view text) {
  Audience audience;
  if (text.empty()) {
    return audience;
  }
  if (text.size() > kAudienceBytesMax) {
    return InvalidField(field, absl::StrCat("must be at most ", kAudienceBytesMax, " bytes"));
  }
  auto predicate = std::make_shared<Predicate>();
  predicate->text = text;
  PERIGEE_RETURN_IF_ERROR(Predicate::Parser(field, predicate->text, *predicate).Parse());
  audience.predicate_ = std::move(predicate);
  return audience;
}

const std::string& Audience::text() const {
  static const std::string kEverybody;
  return predicate_ == nullptr ? kEverybody : predicate_->text;
}

std::vector<std::string> Audience::Facets() const {
  std::vector<std::string> facets;
  if (predicate_ != nullptr) {
    for (const Term& term : predicate_->terms) {
      if (term.kind == TermKind::kFacet) {
        facets.push_back(term.id);
      }
    }
  }
  std::ranges::sort(facets);
  facets.erase(std::unique(facets.begin(), facets.end()), facets.end());
  return facets;
}

bool Audience::IsTimeless() const {
  return predicate_ == nullptr || std::ranges::all_of(predicate_->terms, [](const Term& term) {
           return term.kind != TermKind::kOrbit && term.kind != TermKind::kMemberFor &&
                  term.kind != TermKind::kActivities;
         });
}

bool Audience::Has(const Member& member) const {
  if (predicate_ == nullptr) {
    return true;
  }
  PERIGEE_CHECK(IsTimeless(), "this audience depends on more than the member");
  const auto nothing_done = [](const AskedActivities&) { return 0; };
  const auto nowhere = [] { return 0; };
  const Subject subject{member, {}, nothing_done, nowhere};
  const absl::StatusOr<bool> is_in =
      predicate_->Judge(predicate_->nodes.size() - 1, subject, nullptr);
  return is_in.ok() && *is_in;
}

absl::StatusOr<Judgement> Audience::Judge(const Member& member, Time now, CountActivities count,
                                          FindOrbitIndex find_index) const {
  if (predicate_ == nullptr) {
    return Judgement{true, {}};
  }
  Predicate::Deciding deciding;
  const Subject subject{member, now, count, find_index};
  PERIGEE_ASSIGN_OR_RETURN(const bool is_in,
                           predicate_->Judge(predicate_->nodes.size() - 1, subject, &deciding));
  Judgement judgement{is_in, {}};
  for (const auto& [term, is_true] : deciding) {
    judgement.why.push_back(absl::StrCat(is_true ? "" : "not ", predicate_->terms[term].text));
  }
  return judgement;
}

}  // namespace perigee::domain
