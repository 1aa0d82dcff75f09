// What the page's script knows: every number that a reader can ask for, as one JSON text inside the page.
#pragma once

#include <string>

#include "reports/numbers/leaderboard.h"
#include "reports/words/case_images.h"

namespace synerbench {

/// The text for a <script type="application/json">. It holds no "<", ">" or "&", so that nothing in it can
/// end the element; every text from outside has gone through clean_text(). Numbers have two digits more than
/// are printed. For every task and model: best, median, worst, and the five worst cases.
std::string page_data(const Leaderboard& board, const CaseImages& images);

}  // namespace synerbench
