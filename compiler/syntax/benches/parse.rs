//! Speed of lexing and parsing.

fn main() {
    divan::main();
}
