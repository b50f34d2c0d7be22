//! The `vela-lang` binary: chooses the allocator, the rest is the library's.

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    vela_cli::main()
}
