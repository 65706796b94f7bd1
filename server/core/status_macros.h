#pragma once

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

// Returns from the enclosing function if `expr` is not OK.
#define PERIGEE_RETURN_IF_ERROR(expr)                                           \
  do {                                                                          \
    if (absl::Status status_macro_result = (expr); !status_macro_result.ok()) { \
      return status_macro_result;                                               \
    }                                                                           \
  } while (false)

#define PERIGEE_CONCAT_INNER(a, b) a##b
#define PERIGEE_CONCAT(a, b) PERIGEE_CONCAT_INNER(a, b)

// Declares or assigns `lhs` from a StatusOr, or returns its status. `lhs` must hold no comma
// outside parentheses.
#define PERIGEE_ASSIGN_OR_RETURN(lhs, expr) \
  PERIGEE_ASSIGN_OR_RETURN_IMPL(PERIGEE_CONCAT(status_or_, __LINE__), lhs, expr)
#define PERIGEE_ASSIGN_OR_RETURN_IMPL(tmp, lhs, expr) \
  auto tmp = (expr);                                  \
  if (!tmp.ok()) {                                    \
    return std::move(tmp).status();                   \
  }                                                   \
  lhs = *std::move(tmp)
