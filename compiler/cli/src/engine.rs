//! The evaluator of templates.

use vela_oam::engine::Engine;
use vela_oam::evaluator::Evaluator;

/// A new one. It keeps what it has compiled, so one serves a whole thread.
pub fn engine() -> Box<dyn Engine> {
    Box::new(Evaluator::new())
}
