//! The emulator met over HTTP, as any client meets it.
