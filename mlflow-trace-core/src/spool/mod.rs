//! The disk queue: what a network destination can't take now waits here, across restarts.
