#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "server/domain/board/board.h"
#include "server/use_cases/decided.h"

namespace perigee::use_cases {

using DecidedBoard = absl::StatusOr<Decided<domain::Board>>;

// `board` is as domain::ValidateBoard wants it, except that an empty time_zone stands for the
// programme's. kNotFound for the programme or the asset, kAlreadyExists for the id,
// kDemographicAudience for a facet that needs allow_demographic.
DecidedBoard CreateBoard(ports::StoreReader& reader, const ports::UnitContext& unit,
                         const std::string& program, domain::Board board);

// Begins a new epoch if the change affects who is on the board, or how. kNotFound, kEtagMismatch,
// kDemographicAudience, and the refusals of domain::ValidateBoard for the changed board.
DecidedBoard UpdateBoard(ports::StoreReader& reader, const ports::UnitContext& unit,
                         const std::string& program, const std::string& id,
                         const Edit<domain::Board>& edit);

// Answers with the deleted board. kNotFound, or kEtagMismatch unless `etag` is empty or the present
// one.
DecidedBoard DeleteBoard(ports::StoreReader& reader, const ports::UnitContext& unit,
                         const std::string& program, const std::string& id,
                         const std::string& etag = {});

}  // namespace perigee::use_cases
