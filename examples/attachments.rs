//! A picture as a return value, and one in a chat message: MLflow's UI shows both. Run it, then `mlflow ui` in the same
//! folder.

use mlflow::Attachment;
use serde_json::{Value, json};

/// A bitmap whose colours run from corner to corner.
fn bitmap(size: u16) -> Vec<u8> {
    let (rows, bytes) = (u32::from(size), 54 + u32::from(size) * u32::from(size) * 4);
    let mut file = b"BM".to_vec();
    for number in [bytes, 0, 54, 40, rows, rows, 1 | 32 << 16, 0, bytes - 54, 2835, 2835, 0, 0] {
        file.extend(number.to_le_bytes());
    }
    for (row, column) in (0..rows).flat_map(|row| (0..rows).map(move |column| (row, column))) {
        let [red, green] = [row, column].map(|part| (part * 255 / rows) as u8);
        file.extend([128, green, red, 255]);
    }
    file
}

#[mlflow::trace(span_type = "TOOL")]
fn draw(size: u16) -> Attachment {
    Attachment::new("image/bmp", bitmap(size))
}

#[mlflow::trace(span_type = "CHAT_MODEL")]
fn describe(messages: &Value) -> Value {
    let _ = messages;
    json!({"choices": [{"message": {"role": "assistant", "content": "Colours, from corner to corner."}}]})
}

#[mlflow::trace]
fn look(size: u16) -> Attachment {
    let picture = draw(size);
    // What programs send to a model: as text, an attachment is a data URI.
    let image = json!({"type": "image_url", "image_url": {"url": picture}});
    let question = json!({"type": "text", "text": "What do you see?"});
    describe(&json!([{"role": "user", "content": [question, image]}]));
    picture
}

fn main() {
    look(96);
}
