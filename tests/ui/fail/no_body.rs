trait Answers {
    #[mlflow::trace]
    fn answer(&self) -> u32;
}

unsafe extern "C" {
    #[mlflow::trace]
    fn foreign(n: u32) -> u32;
}

fn main() {}
