#ifndef JIKIMI_JIKIMI_INTERRUPT_H_
#define JIKIMI_JIKIMI_INTERRUPT_H_

namespace jikimi {

// Makes SIGINT, SIGTERM and SIGHUP ask the running command to stop after what it is at; a second
// one ends the program at once, as it would without this. Call once, before threads start.
void CatchInterrupts();

// Whether a stop was asked for. Any thread.
bool Interrupted();

}  // namespace jikimi

#endif  // JIKIMI_JIKIMI_INTERRUPT_H_
