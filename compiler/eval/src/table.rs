//! A vector that grows by pieces: what is in it never moves, so that growing costs no copy and no second piece of
//! memory as large as the first. Used for the large tables of an evaluation.

use std::ops::{Index, IndexMut};

/// Items in a piece, as a power of two. The first piece grows up to it as any vector does.
const PIECE_BITS: u32 = 9;
/// Items that the first piece has room for from the start.
const FIRST: usize = 32;

/// An append-only table addressed by `u32`.
#[derive(Debug)]
pub struct Table<T> {
    pieces: Vec<Vec<T>>,
    len: u32,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self { pieces: Vec::new(), len: 0 }
    }
}

/// The piece that holds an item, and the item's place in it.
const fn locate(i: u32) -> (usize, usize) {
    ((i >> PIECE_BITS) as usize, (i & ((1 << PIECE_BITS) - 1)) as usize)
}

impl<T> Table<T> {
    /// How many items there are.
    pub const fn len(&self) -> usize {
        self.len as usize
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Adds an item; its index.
    pub fn push(&mut self, item: T) -> u32 {
        let (piece, at) = locate(self.len);
        if at == 0 && piece == self.pieces.len() {
            self.pieces.push(Vec::with_capacity(if piece == 0 { FIRST } else { 1 << PIECE_BITS }));
        }
        self.pieces[piece].push(item);
        self.len += 1;
        self.len - 1
    }

    /// Drops all items from `len` on. Memory for them is kept.
    pub fn truncate(&mut self, len: u32) {
        if len >= self.len {
            return;
        }
        let (piece, at) = locate(len);
        let (last, _) = locate(self.len - 1);
        self.pieces[piece].truncate(at);
        for p in &mut self.pieces[piece + 1..=last] {
            p.clear();
        }
        self.len = len;
    }

    /// The item, if there are so many.
    pub fn get(&self, i: u32) -> Option<&T> {
        (i < self.len).then(|| &self[i])
    }

    /// All items in order.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.pieces.iter().flatten()
    }
}

impl<T> Index<u32> for Table<T> {
    type Output = T;

    fn index(&self, i: u32) -> &T {
        let (piece, at) = locate(i);
        &self.pieces[piece][at]
    }
}

impl<T> IndexMut<u32> for Table<T> {
    fn index_mut(&mut self, i: u32) -> &mut T {
        let (piece, at) = locate(i);
        &mut self.pieces[piece][at]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_every_item_at_its_index() {
        let mut t = Table::default();
        for i in 0..40_000_u32 {
            assert_eq!(t.push(i), i);
        }
        assert_eq!(t.len(), 40_000);
        assert!((0..40_000).all(|i| t[i] == i));
        t.truncate(30_000);
        t.truncate(39_000);
        assert_eq!((t.len(), t.iter().count()), (30_000, 30_000));
        for i in 30_000..40_000_u32 {
            assert_eq!(t.push(i), i);
        }
        assert!(t.iter().copied().eq(0..40_000));
        assert!(t.pieces.iter().all(|p| p.capacity() == 1 << PIECE_BITS));
    }
}
