//! The language server protocol over vela-ide.
