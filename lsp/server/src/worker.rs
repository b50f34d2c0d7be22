//! One thread owns the database and takes changes in their order; readers answer on clones of it, on threads of their
//! own, and are cancelled by the next change. So the protocol's side never waits for work.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::oneshot;
use vela_db::{Database, cancellable};
use vela_diagnostics::Encoding;

use crate::disk::{Disk, Shelf};

/// Threads that answer.
pub const READERS: usize = 3;
/// Stack of a thread that evaluates.
const STACK: usize = 16 << 20;

/// Everything the server knows.
#[derive(Clone)]
pub struct State {
    /// The texts.
    pub db: Database,
    /// Open documents by path.
    pub open: Arc<HashMap<String, Open>>,
    /// Counts how often documents were opened or changed.
    pub touches: u64,
    /// The workspace's folders.
    pub roots: Arc<Vec<String>>,
    /// How the client counts columns.
    pub encoding: Encoding,
    /// The files of the machine.
    pub disk: Arc<Disk>,
    /// Where embedded texts are shown.
    pub shelf: Arc<Shelf>,
}

/// An open document.
#[derive(Clone, Debug)]
pub struct Open {
    /// How the client calls it.
    pub uri: tower_lsp_server::ls_types::Uri,
    /// Its version.
    pub version: i32,
    /// What the count of touches was when it was opened or changed last.
    pub touched: u64,
}

/// Why there is no answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Missed {
    /// A change came in between.
    Changed,
    /// The server has a fault.
    Fault,
}

type Change = Box<dyn FnOnce(&mut State) + Send>;
type Read = Box<dyn FnOnce(State) + Send>;

enum Task {
    Change(Change),
    Read(Read),
}

/// The way to the thread that owns the state.
#[derive(Clone)]
pub struct Worker {
    tasks: Sender<Task>,
}

impl Worker {
    /// Starts the threads. They end with the last clone of the worker.
    pub fn start() -> std::io::Result<Self> {
        let (tasks, inbox) = channel();
        std::thread::Builder::new().name("state".to_owned()).stack_size(STACK).spawn(move || own(&inbox))?;
        Ok(Self { tasks })
    }

    /// Changes the state, after what was asked before. Returns at once.
    pub fn change(&self, change: impl FnOnce(&mut State) + Send + 'static) {
        // The thread only ends when this sender is gone.
        let _ = self.tasks.send(Task::Change(Box::new(change)));
    }

    /// Reads the state as it is after what was asked before.
    pub fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&State) -> T + Send + 'static,
    ) -> oneshot::Receiver<Result<T, Missed>> {
        let (answer, receiver) = oneshot::channel();
        let job = move |state: State| {
            let result = catch_unwind(AssertUnwindSafe(|| cancellable(AssertUnwindSafe(|| read(&state)))));
            drop(state);
            let result = match result {
                Ok(Some(value)) => Ok(value),
                Ok(None) => Err(Missed::Changed),
                Err(_) => Err(Missed::Fault),
            };
            // Nobody may wait any more.
            let _ = answer.send(result);
        };
        let _ = self.tasks.send(Task::Read(Box::new(job)));
        receiver
    }
}

fn own(inbox: &Receiver<Task>) {
    let disk = Arc::new(Disk::default());
    let mut state = State {
        db: Database::new(disk.clone()),
        disk,
        open: Arc::default(),
        touches: 0,
        roots: Arc::default(),
        encoding: Encoding::Utf16,
        shelf: Arc::new(Shelf::new()),
    };
    let (jobs, queue) = channel::<(Read, State)>();
    let queue = Arc::new(Mutex::new(queue));
    for _ in 0..READERS {
        let queue = queue.clone();
        let reader = move || {
            loop {
                let next = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
                let Ok((read, state)) = next else { return };
                read(state);
            }
        };
        // With fewer threads, or none, reads are answered by those there are, or here.
        let _ = std::thread::Builder::new().name("reader".to_owned()).stack_size(STACK).spawn(reader);
    }
    drop(queue);
    while let Ok(task) = inbox.recv() {
        match task {
            Task::Change(change) => {
                // A fault in a change leaves the state as far as it got; the next one goes on from there.
                let _ = catch_unwind(AssertUnwindSafe(|| change(&mut state)));
            }
            Task::Read(read) => {
                if let Err(returned) = jobs.send((read, state.clone())) {
                    let (read, state) = returned.0;
                    read(state);
                }
            }
        }
    }
}
