//! Interned labels: 32 bits, the low three its kind.

use std::borrow::Cow;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use vela_syntax::literal;

/// What a label's spelling makes it (`language.md` 1.13).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
#[repr(u32)]
pub enum LabelKind {
    /// A regular field.
    String = 0,
    /// A list element.
    Int = 1,
    /// `#a`
    Definition = 2,
    /// `_a`, of one package.
    Hidden = 3,
    /// `_#a`, of one package.
    HiddenDefinition = 4,
    /// A `let` clause; never visible from outside.
    Let = 5,
}

/// An interned label. Equal labels of one [`Labels`] are equal numbers.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Label(u32);

impl std::fmt::Debug for Label {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}:{}", self.kind(), self.index())
    }
}

impl Label {
    /// The label of nothing: the root of an evaluation, or an unlabelled value.
    pub const NONE: Self = Self(u32::MAX);
    /// The largest index a label can hold.
    pub const MAX_INDEX: u32 = (1 << 29) - 2;

    const fn new(kind: LabelKind, index: u32) -> Self {
        Self(index << 3 | kind as u32)
    }

    /// The label of the list element `index`; `None` beyond [`Self::MAX_INDEX`].
    #[inline]
    pub const fn int(index: u32) -> Option<Self> {
        if index > Self::MAX_INDEX { None } else { Some(Self::new(LabelKind::Int, index)) }
    }

    /// The kind. `NONE` counts as a let.
    #[inline]
    pub const fn kind(self) -> LabelKind {
        match self.0 & 7 {
            0 => LabelKind::String,
            1 => LabelKind::Int,
            2 => LabelKind::Definition,
            3 => LabelKind::Hidden,
            4 => LabelKind::HiddenDefinition,
            _ => LabelKind::Let,
        }
    }

    /// For an int label the element's index, else the interned text's number.
    #[inline]
    pub const fn index(self) -> u32 {
        self.0 >> 3
    }

    /// A label whose field is output: string or int.
    #[inline]
    pub const fn is_regular(self) -> bool {
        self.0 & 7 <= 1
    }

    /// A string label.
    #[inline]
    pub const fn is_string(self) -> bool {
        matches!(self.kind(), LabelKind::String)
    }

    /// An int label.
    #[inline]
    pub const fn is_int(self) -> bool {
        self.0 & 7 == 1
    }

    /// `#a` or `_#a`.
    #[inline]
    pub const fn is_definition(self) -> bool {
        matches!(self.kind(), LabelKind::Definition | LabelKind::HiddenDefinition)
    }

    /// `_a` or `_#a`.
    #[inline]
    pub const fn is_hidden(self) -> bool {
        matches!(self.kind(), LabelKind::Hidden | LabelKind::HiddenDefinition)
    }

    /// A `let`.
    #[inline]
    pub const fn is_let(self) -> bool {
        self.0 & 7 >= 5
    }
}

/// The interner: append-only. A worker puts a small overlay over the frozen labels of a program.
#[derive(Debug, Default, Clone)]
pub struct Labels {
    base: Option<Arc<Labels>>,
    /// Number of texts in `base` and below.
    offset: u32,
    texts: Vec<Arc<str>>,
    index: FxHashMap<Arc<str>, u32>,
}

impl Labels {
    /// An empty interner.
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty overlay over `base`: its labels keep their numbers.
    pub fn over(base: Arc<Labels>) -> Self {
        let offset = base.len();
        Self { base: Some(base), offset, texts: Vec::new(), index: FxHashMap::default() }
    }

    /// Makes clones cheap: all texts there are become a base that clones share.
    pub fn freeze(&mut self) {
        if self.texts.is_empty() {
            return;
        }
        *self = Self::over(Arc::new(Self::flat(self)));
    }

    /// The same without a base.
    fn flat(labels: &Self) -> Self {
        let Some(base) = &labels.base else { return labels.clone() };
        let mut all = Self::flat(base);
        all.texts.extend(labels.texts.iter().cloned());
        all.index.extend(labels.index.iter().map(|(text, at)| (text.clone(), *at)));
        all
    }

    /// Number of texts, those of the base included.
    pub fn len(&self) -> u32 {
        self.offset + self.texts.len() as u32
    }

    /// Whether nothing was interned yet.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn find_text(&self, text: &str) -> Option<u32> {
        if let Some(found) = self.base.as_ref().and_then(|b| b.find_text(text)) {
            return Some(found);
        }
        self.index.get(text).copied()
    }

    fn intern(&mut self, text: &str) -> u32 {
        if let Some(found) = self.find_text(text) {
            return found;
        }
        let number = self.len();
        let text: Arc<str> = Arc::from(text);
        self.texts.push(text.clone());
        self.index.insert(text, number);
        number
    }

    fn raw(&self, index: u32) -> &str {
        match &self.base {
            Some(base) if index < self.offset => base.raw(index),
            _ => self.texts.get((index - self.offset) as usize).map_or("", |t| t),
        }
    }

    /// The label of a regular field. `name` is taken as it is; callers normalise source text to NFC.
    pub fn string(&mut self, name: &str) -> Label {
        Label::new(LabelKind::String, self.intern(name))
    }

    /// The label of a regular field, if it was interned before.
    pub fn find_string(&self, name: &str) -> Option<Label> {
        self.find_text(name).map(|i| Label::new(LabelKind::String, i))
    }

    /// The label that an identifier spells in label position: regular, definition or hidden. `package` is the
    /// identity of the package, which hidden labels carry.
    pub fn identifier(&mut self, name: &str, package: &str) -> Label {
        if name.starts_with("_#") {
            Label::new(LabelKind::HiddenDefinition, self.intern(&format!("{name}\0{package}")))
        } else if name.starts_with('#') {
            Label::new(LabelKind::Definition, self.intern(name))
        } else if name.starts_with('_') && name != "_" {
            Label::new(LabelKind::Hidden, self.intern(&format!("{name}\0{package}")))
        } else {
            self.string(name)
        }
    }

    /// A label for one `let` clause: `unique` tells apart equal names.
    pub fn let_clause(&mut self, name: &str, unique: u32) -> Label {
        Label::new(LabelKind::Let, self.intern(&format!("{name}\0{unique}")))
    }

    /// The label's name without its package or number; an int label's digits.
    pub fn name(&self, label: Label) -> Cow<'_, str> {
        if label == Label::NONE {
            return Cow::Borrowed("");
        }
        if label.is_int() {
            return Cow::Owned(label.index().to_string());
        }
        let raw = self.raw(label.index());
        if label.is_string() {
            return Cow::Borrowed(raw);
        }
        Cow::Borrowed(raw.split('\0').next().unwrap_or(raw))
    }

    /// The package identity of a hidden label, `""` for others.
    pub fn package(&self, label: Label) -> &str {
        if label.is_hidden() { self.raw(label.index()).split('\0').nth(1).unwrap_or("") } else { "" }
    }

    /// The label as source text: quoted where it must be.
    pub fn source(&self, label: Label) -> Cow<'_, str> {
        let name = self.name(label);
        if label.is_string() && literal::needs_quotes(&name) {
            return Cow::Owned(literal::quote(&name, literal::Form::Single));
        }
        name
    }
}
