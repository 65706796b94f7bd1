#pragma once

#include <string>

#include <google/protobuf/repeated_ptr_field.h>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "clients/cli/form.h"
#include "perigee/v1/board.pb.h"

namespace perigee::cli {

class Session;

// A reader of a period of the board whose name is in the field at `path`.
Reader PeriodOf(std::string path);
// `--period`, which adds the period to the board's name in that field.
void BindPeriodOption(Form& form, const std::string& path);

// The asset that a board counts, so that scores can be shown with its decimals.
absl::StatusOr<std::string> AssetOfBoard(Session& session, const std::string& period_name);

// Prints entries as a table.
void PrintEntries(Session& session, const std::string& program_name, const std::string& asset,
                  const v1::ListEntriesResponse& page);

// `--board` of a write, and what the answer shows of these boards.
void BindShownBoards(Form& form);
absl::Status PrintShownBoards(
    Session& session, const google::protobuf::RepeatedPtrField<v1::ListEntriesResponse>& boards);

}  // namespace perigee::cli
