/* The end of the firmware: a report on the console that the host turns into a failure, then silence. */
#pragma once

#ifdef __cplusplus
namespace tlsbench {

/// Print the fault report and stop for ever. `kind` is what went wrong in a word or two ("assert"), `reason` the
/// details. For use from threads and interrupt handlers; the processor's own faults come here by themselves.
[[noreturn]] void fault(const char *kind, const char *reason);

} // namespace tlsbench
#endif
