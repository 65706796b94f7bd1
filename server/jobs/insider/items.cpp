#include "server/jobs/insider/items.h"

#include "server/domain/insider/item.h"
#include "server/jobs/due_records.h"
#include "server/use_cases/insider/items.h"

namespace perigee::jobs {

DueHandler ItemSettling() { return EndRecords<domain::InsiderItem>(use_cases::SettleDueItem); }

}  // namespace perigee::jobs
