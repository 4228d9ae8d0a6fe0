// #[mlflow::trace(skip(secret))]
// impl A { #[mlflow(skip)] fn new() -> Self { Self } fn f(&self, secret: &str) {} }

impl A {
    fn new() -> Self {
        Self
    }
    #[::mlflow::trace(skip(secret))]
    fn f(&self, secret: &str) {}
}
