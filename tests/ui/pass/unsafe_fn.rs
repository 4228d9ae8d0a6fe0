//! The body of an `unsafe fn` is as much of an unsafe context as without the attribute, and no more.
#![deny(unsafe_op_in_unsafe_fn, unused_unsafe)]

#[mlflow::trace]
unsafe fn with_a_block(pointer: *const u32) -> u32 {
    unsafe { *pointer }
}

#[allow(unsafe_op_in_unsafe_fn)]
#[mlflow::trace]
unsafe fn without_a_block(pointer: *const u32) -> u32 {
    *pointer
}

#[allow(unsafe_op_in_unsafe_fn)]
#[mlflow::trace]
async unsafe fn in_a_future(pointer: *const u32) -> u32 {
    *pointer
}

#[mlflow::trace]
unsafe extern "C" fn callback(pointer: *const u32) -> u32 {
    unsafe { *pointer }
}

#[unsafe(no_mangle)]
#[mlflow::trace]
extern "C" fn exported(n: u32) -> u32 {
    n + 1
}

fn main() {
    let number = 5;
    let pointer: *const u32 = &number;
    unsafe {
        assert_eq!(with_a_block(pointer), 5);
        assert_eq!(without_a_block(pointer), 5);
        assert_eq!(callback(pointer), 5);
        drop(in_a_future(pointer));
    }
    assert_eq!(exported(1), 2);
}
