struct Agent;

#[mlflow::trace(name = "agent", root, parent = span, inputs(a), output = str::len, description = "", links = [])]
impl Agent {
    fn method(&self) {}
}

#[mlflow::trace(nmae = "agent", skip(kye), span_type = "", sampling_ratio = 0.1, experiment = "e")]
impl Agent {
    fn with_key(&self, key: &str, #[mlflow(redact)] token: &str) -> usize {
        key.len() + token.len()
    }
}

#[mlflow::trace]
impl Agent {
    #[mlflow(hide)]
    fn hidden(&self) {}

    #[mlflow(skip)]
    #[mlflow::trace]
    fn undecided(&self) {}
}

#[mlflow::trace(span_type = "AGENT", skip(key))]
impl Agent {
    #[mlflow::trace(nmae = "own", skip(quay))]
    fn own_mistakes(&self, key: &str) {}

    #[mlflow::trace]
    const fn constant(&self) {}

    fn wrong_type(&self) -> u32 {
        "text"
    }
}

fn main() {
    Agent.method();
    Agent.with_key("", "");
    Agent.own_mistakes("");
}
