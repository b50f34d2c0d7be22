//! Extent and errors of a number literal. Its value is `literal::number`'s business.

/// A scanned number.
pub(super) struct Scanned {
    /// The offset after it.
    pub end: usize,
    /// Whether it is a float.
    pub float: bool,
    /// Offsets and messages of errors.
    pub errors: Vec<(usize, &'static str)>,
}

struct Scanner<'s> {
    src: &'s [u8],
    at: usize,
    errors: Vec<(usize, &'static str)>,
}

impl Scanner<'_> {
    fn peek(&self) -> u8 {
        self.src.get(self.at).copied().unwrap_or(0)
    }

    /// Digits and underscores; an underscore must stand between two digits.
    fn digits(&mut self, base: u32) {
        let mut last = 0;
        loop {
            let byte = self.peek();
            if byte != b'_' && !(byte as char).is_digit(base) {
                break;
            }
            if last == b'_' && byte == b'_' {
                self.errors.push((self.at, "illegal '_' in number"));
            }
            last = byte;
            self.at += 1;
        }
        if last == b'_' {
            self.errors.push((self.at - 1, "illegal '_' in number"));
        }
    }

    fn two_dots(&self) -> bool {
        self.peek() == b'.' && self.src.get(self.at + 1) == Some(&b'.')
    }

    /// A fraction, then a multiplier or an exponent; whether that makes a float.
    fn tail(&mut self, mut float: bool) -> bool {
        if self.peek() == b'.' && !float {
            if self.two_dots() {
                return false;
            }
            float = true;
            self.at += 1;
            self.digits(10);
        }
        match self.peek() {
            b'K' | b'M' | b'G' | b'T' | b'P' => {
                self.at += 1;
                if self.peek() == b'i' {
                    self.at += 1;
                }
                false
            }
            b'e' | b'E' => {
                self.at += 1;
                if matches!(self.peek(), b'+' | b'-') {
                    self.at += 1;
                }
                if !(self.peek().is_ascii_digit() || self.peek() == b'_') {
                    self.errors.push((self.at, "illegal exponent in number"));
                }
                self.digits(10);
                true
            }
            _ => float,
        }
    }

    fn prefixed(&mut self, start: usize, base: u32, message: &'static str) {
        self.at += 1;
        self.digits(base);
        if self.at - start <= 2 {
            self.errors.push((start, message));
        }
    }
}

/// Scans the number that starts at `start` with a digit, or with a dot and a digit.
pub(super) fn scan(src: &[u8], start: usize) -> Scanned {
    let mut s = Scanner { src, at: start, errors: Vec::new() };
    let float = match s.peek() {
        b'.' => {
            s.at += 1;
            s.digits(10);
            s.tail(true)
        }
        b'0' => {
            s.at += 1;
            match s.peek() {
                b'x' | b'X' => s.prefixed(start, 16, "illegal hexadecimal number"),
                b'b' => s.prefixed(start, 2, "illegal binary number"),
                b'o' => s.prefixed(start, 8, "illegal octal number"),
                _ => {
                    let leading = s.peek().is_ascii_digit();
                    if leading {
                        s.digits(10);
                    }
                    let fraction = !s.two_dots() && matches!(s.peek(), b'.' | b'e' | b'E');
                    if leading && !fraction {
                        s.errors.push((start, "illegal integer number"));
                    }
                    let float = s.tail(false);
                    return Scanned { end: s.at, float, errors: s.errors };
                }
            }
            false
        }
        _ => {
            s.digits(10);
            s.tail(false)
        }
    };
    Scanned { end: s.at, float, errors: s.errors }
}
