#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "orderflow/order/v1/dead_letter_admin_service.pb.h"
#include "tools/orderctl/terminal.h"

namespace orderflow::orderctl {

// "order.events.dlq/3/17", the form in which dead letters are named; Parse returns nothing for
// other text.
std::string DeadLetterName(const order::v1::DeadLetterId& id);
std::optional<order::v1::DeadLetterId> ParseDeadLetterName(std::string_view name);

// One dead letter with its value.
std::string DeadLetterText(const order::v1::DeadLetter& letter, const Terminal& terminal);
// One line per dead letter.
std::string DeadLettersText(const order::v1::ListDeadLettersResponse& page,
                            const Terminal& terminal);
// One line per action.
std::string DeadLetterActionsText(const order::v1::ListDeadLetterActionsResponse& page,
                                  const Terminal& terminal);
// One line per dead letter of a batch: what was done, would be done, or was refused.
std::string DeadLetterResultsText(const order::v1::BatchSettleDeadLettersResponse& batch);

// Into the order in which the records first came, per topic and partition, so that what is redriven
// keeps the sequence of each key.
void SortByFirstOffset(std::vector<order::v1::DeadLetter>& letters);

}  // namespace orderflow::orderctl
