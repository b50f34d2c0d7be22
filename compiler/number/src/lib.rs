//! Decimal numbers of 34 digits with CUE's arithmetic and text forms.
