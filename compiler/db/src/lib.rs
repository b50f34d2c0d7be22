//! The salsa database over World.
