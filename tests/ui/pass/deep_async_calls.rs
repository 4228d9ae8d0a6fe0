//! Traced async functions that await one another stay within the compiler's recursion limit when their future
//! must be `Send`. The limit of 128 allows about 40 plain ones; each wrapper around the body takes from it.

fn needs_send(_: impl Send) {}

#[mlflow::trace]
async fn step_0(n: u32) -> u32 {
    std::future::ready(n).await
}

#[mlflow::trace]
async fn step_1(n: u32) -> u32 {
    step_0(n).await + 1
}

#[mlflow::trace]
async fn step_2(n: u32) -> u32 {
    step_1(n).await + 1
}

#[mlflow::trace]
async fn step_3(n: u32) -> u32 {
    step_2(n).await + 1
}

#[mlflow::trace]
async fn step_4(n: u32) -> u32 {
    step_3(n).await + 1
}

#[mlflow::trace]
async fn step_5(n: u32) -> u32 {
    step_4(n).await + 1
}

#[mlflow::trace]
async fn step_6(n: u32) -> u32 {
    step_5(n).await + 1
}

#[mlflow::trace]
async fn step_7(n: u32) -> u32 {
    step_6(n).await + 1
}

#[mlflow::trace]
async fn step_8(n: u32) -> u32 {
    step_7(n).await + 1
}

#[mlflow::trace]
async fn step_9(n: u32) -> u32 {
    step_8(n).await + 1
}

#[mlflow::trace]
async fn step_10(n: u32) -> u32 {
    step_9(n).await + 1
}

#[mlflow::trace]
async fn step_11(n: u32) -> u32 {
    step_10(n).await + 1
}

#[mlflow::trace]
async fn step_12(n: u32) -> u32 {
    step_11(n).await + 1
}

#[mlflow::trace]
async fn step_13(n: u32) -> u32 {
    step_12(n).await + 1
}

#[mlflow::trace]
async fn step_14(n: u32) -> u32 {
    step_13(n).await + 1
}

#[mlflow::trace]
async fn step_15(n: u32) -> u32 {
    step_14(n).await + 1
}

fn main() {
    needs_send(step_15(1));
}
