//! Keeps faults of the program from looking like anything else: work runs on a thread with a big stack, panics are
//! caught and become a report.

use std::cell::RefCell;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Stack of a worker. Only what is used takes memory.
const STACK: usize = 512 << 20;

/// A caught panic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Panic {
    /// What the program said.
    pub message: String,
    /// Where in the program.
    pub place: String,
}

impl fmt::Display for Panic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let version = env!("CARGO_PKG_VERSION");
        writeln!(f, "internal error: {}", self.message)?;
        writeln!(f, "  at {} in vela-lang {version}", self.place)?;
        writeln!(f, "This is a fault of vela-lang, not of your files. Please report it with these lines,")?;
        writeln!(f, "the command, and if you can the files that lead to it.")
    }
}

thread_local! {
    static LAST: RefCell<Option<Panic>> = const { RefCell::new(None) };
}

/// Replaces the standard report of panics: it is kept for whoever catches the panic.
pub fn install() {
    std::panic::set_hook(Box::new(|info| {
        let payload = info.payload();
        let message = payload
            .downcast_ref::<&str>()
            .map(|s| (*s).to_owned())
            .or_else(|| payload.downcast_ref::<String>().cloned())
            .unwrap_or_else(|| "no message".to_owned());
        let place = info.location().map_or_else(
            || "an unknown place".to_owned(),
            |l| {
                format!(
                    "{}:{}:{}",
                    l.file().rsplit_once("src/").map_or(l.file(), |(_, f)| f),
                    l.line(),
                    l.column()
                )
            },
        );
        LAST.with(|last| *last.borrow_mut() = Some(Panic { message, place }));
    }));
}

/// Runs `work`; a panic becomes an error.
pub fn catch<T>(work: impl FnOnce() -> T) -> Result<T, Panic> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|_| {
        LAST.with(|last| last.borrow_mut().take()).unwrap_or_else(|| Panic {
            message: "no message".to_owned(),
            place: "an unknown place".to_owned(),
        })
    })
}

/// Runs `work` on a thread with a big stack; a panic becomes an error. Where no such thread can be had, runs it here.
pub fn run<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Panic> {
    let slot = std::sync::Arc::new(std::sync::Mutex::new(Some(work)));
    let theirs = slot.clone();
    let take = move |slot: &std::sync::Mutex<Option<_>>| slot.lock().ok().and_then(|mut s| s.take());
    let lost = || Panic { message: "the worker was lost".to_owned(), place: "guard.rs".to_owned() };
    let worker = move || match take(&theirs) {
        Some(work) => catch(work),
        None => Err(lost()),
    };
    match std::thread::Builder::new().stack_size(STACK).spawn(worker) {
        Ok(handle) => handle.join().unwrap_or_else(|_| Err(lost())),
        Err(_) => match take(&slot) {
            Some(work) => catch(work),
            None => Err(lost()),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn panics_become_errors_and_stacks_are_big() {
        install();
        assert_eq!(run(|| 1), Ok(1));
        let panic = run(|| -> i32 { panic!("at {}", 5) }).unwrap_err();
        assert_eq!(panic.message, "at 5");
        assert!(panic.to_string().starts_with("internal error: at 5\n  at guard.rs:"), "{panic}");
        fn deep(n: u32) -> u32 {
            let buffer = std::hint::black_box([n; 256]);
            if n == 0 { 0 } else { deep(n - 1) + u32::from(buffer[3] == n) }
        }
        assert_eq!(run(|| deep(100_000)), Ok(100_000));
    }
}
