//! Work that leaves nothing behind: the comparisons of a sort are many, and of each only a bool is wanted.
//!
//! What is done on approval takes entries at the ends of the tables. When nothing older was changed meanwhile, and
//! nothing that stays can refer to the new entries, these are given back.

use crate::eval::{Eval, R};
use crate::node::TaskId;
use crate::vertex::NodeId;

/// From where on entries are new, while work is done on approval. All zero otherwise: then nothing is older.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Floor {
    pub(crate) vertices: u32,
    pub(crate) nodes: u32,
    pub(crate) tasks: u32,
    pub(crate) groups: u32,
    /// Something older was changed.
    pub(crate) touched: bool,
}

/// What would refer to new entries by something else than a change of an older one.
#[derive(PartialEq, Eq)]
struct Kept {
    lets: usize,
    packages: usize,
    members: usize,
    constants: usize,
    errors: usize,
    places: usize,
}

impl Eval<'_> {
    /// Runs `f` and gives back what it took of the tables, where that can be told to be unused. What `f` returns must
    /// not refer to anything in the tables but errors.
    pub(crate) fn on_approval<T>(&mut self, f: impl FnOnce(&mut Self) -> R<T>) -> R<T> {
        let outer = self.floor;
        let floor = Floor {
            vertices: self.vertices.len() as u32,
            nodes: self.nodes.len() as u32,
            tasks: self.tasks.len() as u32,
            groups: self.group_parents.len() as u32,
            touched: false,
        };
        self.floor = floor;
        // Entries given back earlier are older ones: they are not taken here.
        let nodes = std::mem::take(&mut self.free_nodes);
        let tasks = std::mem::take(&mut self.free_tasks);
        let kept = self.kept();
        let (envs, followed) = (self.envs.len(), self.followed.len());
        let (overlays, skips) = (self.overlay_maps.len(), self.skips.len());
        let values = self.values.mark();

        let r = f(self);

        let clean = r.is_ok()
            && !self.floor.touched
            && self.kept() == kept
            && self.blocking.iter().chain(&self.stack).all(|t| t.0 < floor.tasks);
        if clean {
            self.vertices.truncate(floor.vertices);
            self.nodes.truncate(floor.nodes);
            self.tasks.truncate(floor.tasks);
            self.envs.truncate(envs as u32);
            self.followed.truncate(followed as u32);
            self.group_parents.truncate(floor.groups);
            self.group_places.truncate(floor.groups);
            self.overlay_maps.truncate(overlays);
            self.skips.truncate(skips);
            self.values.truncate(values);
            self.free_nodes = nodes;
            self.free_tasks = tasks;
        } else {
            self.free_nodes.extend(nodes);
            self.free_tasks.extend(tasks);
        }
        self.floor = outer;
        self.floor.touched |= !clean;
        r
    }

    fn kept(&self) -> Kept {
        Kept {
            lets: self.lets.len(),
            packages: self.packages.len(),
            members: self.members.len(),
            constants: self.constant_bounds.len() + self.constant_lists.len(),
            errors: self.values.errors.len(),
            places: self.data_places.len(),
        }
    }

    pub(crate) fn touch_node(&mut self, id: NodeId) {
        self.floor.touched |= id.0 < self.floor.nodes;
    }

    pub(crate) fn touch_task(&mut self, id: TaskId) {
        self.floor.touched |= id.0 < self.floor.tasks;
    }
}
