// The fields of an identity and of a model's description that readers of results rely on.
//
// Both travel through run folders as JSON, because more stands in them than one version of the program knows:
// a model's own settings, fields of later versions. What a reader asks for has one type all the same. It is
// checked here, once, where a file is read; so what an edited file says is refused with its place, and no
// reader of the JSON asks again.
#pragma once

#include "harness/core/json.h"

namespace synerbench {

/// Identity of results.json and run.json: see Note [Identity of a run]. Null is none. A field that is there
/// and of another type: Error of the object's kind.
void check_identity_fields(const Json& identity, const std::string& file, const char* remedy);

/// info of a model: to_json(ModelInfo), with "tasks" where it differs between tasks. Null is none. `pointer`:
/// where it stands in the file.
void check_info_fields(const Json& info, const std::string& file, const std::string& pointer,
                       const char* remedy);

}  // namespace synerbench
