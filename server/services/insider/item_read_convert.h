#pragma once

#include <string>
#include <vector>

#include "perigee/v1/insider_read.pb.h"
#include "server/domain/insider/item_read.h"
#include "server/ports/insider/item_read_reader.h"
#include "server/services/convert.h"

namespace perigee::use_cases {
struct OpenItem;
}  // namespace perigee::use_cases

namespace perigee::services {

class Page;

// What the person sees of an open item besides its body.
v1::ItemOverview OverviewOf(const std::string& program, const use_cases::OpenItem& open);

v1::OwnItemRead OwnReadOf(const std::string& program, const domain::ItemRead& read);
v1::ItemRead ToProto(const std::string& program, const domain::ItemRead& read,
                     const MemberNames& names);

// The place after which the page of a list of reads goes on. The end of time for the first one.
ports::ItemReadPlace PlaceOf(const Page& page);
// Cuts the reads, newest first, to the page. Returns the token of the next one.
std::string CutReads(const Page& page, std::vector<domain::ItemRead>& reads);

}  // namespace perigee::services
