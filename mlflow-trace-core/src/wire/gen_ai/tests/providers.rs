//! One conversation for each provider.

use serde_json::json;

use super::check;

#[test]
fn a_chat_of_openai_with_pictures_tools_and_choices() {
    let inputs = json!({
        "model": "gpt", "temperature": 0.5, "max_tokens": 10, "top_p": 0.75, "stop": "END", "stream": true,
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": [
                {"type": "text", "text": "Look."},
                {"type": "image_url", "image_url": {"url": "https://example.org/a.png"}},
                {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}},
                {"type": "input_audio", "input_audio": {"data": "BB==", "format": "wav"}},
                {"type": "file", "file": {"file_id": "f"}}
            ]},
            {"role": "assistant", "tool_calls": [
                {"id": "c", "type": "function", "function": {"name": "look", "arguments": "{\"a\":[1,2]}"}}
            ]},
            {"role": "tool", "tool_call_id": "c", "content": "a cat"}
        ],
        "tools": [{"type": "function", "function": {"name": "look", "parameters": {}}}]
    });
    let outputs = json!({"id": "r", "object": "chat.completion", "model": "gpt-1", "choices": [
        {"finish_reason": "stop", "message": {"role": "assistant", "content": "A cat.", "reasoning": "Fur."}},
        {"finish_reason": "length", "message": {"content": null, "audio": {"transcript": "A c"}}}
    ]});
    let expected = json!({
        "gen_ai.request.model": "gpt",
        "gen_ai.request.temperature": 0.5,
        "gen_ai.request.max_tokens": 10,
        "gen_ai.request.top_p": 0.75,
        "gen_ai.request.stop_sequences": ["END"],
        "gen_ai.system_instructions": [{"type": "text", "content": "Be brief."}],
        "gen_ai.input.messages": [
            {"role": "user", "parts": [
                {"type": "text", "content": "Look."},
                {"type": "uri", "modality": "image", "uri": "https://example.org/a.png"},
                {"type": "blob", "modality": "image", "mime_type": "image/png", "content": "AA=="},
                {"type": "blob", "modality": "audio", "mime_type": "audio/wav", "content": "BB=="},
                {"type": "text", "content": "{\"file\":{\"file_id\":\"f\"},\"type\":\"file\"}"}
            ]},
            {"role": "assistant", "parts": [
                {"type": "tool_call", "id": "c", "name": "look", "arguments": {"a": [1, 2]}}
            ]},
            {"role": "tool", "parts": [{"type": "tool_call_response", "id": "c", "response": "a cat"}]}
        ],
        "gen_ai.tool.definitions": [{"type": "function", "name": "look", "parameters": {}}],
        "gen_ai.output.messages": [
            {"role": "assistant", "finish_reason": "stop", "parts": [
                {"type": "reasoning", "content": "Fur."}, {"type": "text", "content": "A cat."}
            ]},
            {"role": "assistant", "finish_reason": "length", "parts": [{"type": "text", "content": "A c"}]}
        ],
        "gen_ai.response.id": "r",
        "gen_ai.response.model": "gpt-1",
        "gen_ai.response.finish_reasons": ["stop", "length"],
        "mlflow.spanInputs": {"stream": true}
    });
    check("CHAT_MODEL", Some("openai"), &inputs, &outputs, &expected);
    check("CHAT_MODEL", None, &inputs, &outputs, &expected);
}

#[test]
fn responses_of_openai() {
    let inputs = json!({
        "model": "gpt", "instructions": "Be brief.", "max_output_tokens": 9,
        "input": [
            {"role": "user", "content": [{"type": "input_text", "text": "Look."}]},
            {"type": "reasoning", "id": "r", "summary": [{"type": "summary_text", "text": "Hm."}]},
            {"type": "function_call", "call_id": "c", "name": "look", "arguments": "{}"},
            {"type": "function_call_output", "call_id": "c", "output": "a cat"}
        ],
        "tools": [{"type": "function", "name": "look"}]
    });
    let outputs = json!({
        "id": "r", "object": "response", "status": "completed", "model": "gpt-1", "instructions": "Be brief.",
        "output": [
            {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "A cat."}]},
            {"type": "item_of_tomorrow", "x": 1}
        ]
    });
    let expected = json!({
        "gen_ai.request.model": "gpt",
        "gen_ai.request.max_tokens": 9,
        "gen_ai.system_instructions": [{"type": "text", "content": "Be brief."}],
        "gen_ai.input.messages": [
            {"role": "user", "parts": [{"type": "text", "content": "Look."}]},
            {"role": "assistant", "parts": [{"type": "reasoning", "content": "Hm."}]},
            {"role": "assistant", "parts": [{"type": "tool_call", "id": "c", "name": "look", "arguments": {}}]},
            {"role": "tool", "parts": [{"type": "tool_call_response", "id": "c", "response": "a cat"}]}
        ],
        "gen_ai.tool.definitions": [{"type": "function", "name": "look"}],
        "gen_ai.output.messages": [
            {"role": "assistant", "finish_reason": "completed", "parts": [{"type": "text", "content": "A cat."}]},
            {"role": "assistant", "finish_reason": "completed", "parts": [
                {"type": "text", "content": "{\"type\":\"item_of_tomorrow\",\"x\":1}"}
            ]}
        ],
        "gen_ai.response.id": "r",
        "gen_ai.response.model": "gpt-1",
        "gen_ai.response.finish_reasons": ["completed"]
    });
    check("CHAT_MODEL", Some("openai"), &inputs, &outputs, &expected);
    check("LLM", None, &inputs, &outputs, &expected);
}

#[test]
fn messages_of_anthropic() {
    let inputs = json!({
        "model": "claude", "max_tokens": 100, "stop_sequences": ["END"], "system": "Be brief.",
        "messages": [
            {"role": "user", "content": [
                {"type": "text", "text": "Look."},
                {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AA=="}},
                {"type": "document", "source": {"type": "url", "url": "https://example.org/a.pdf"}}
            ]},
            {"role": "assistant", "content": [
                {"type": "thinking", "thinking": "Hm.", "signature": "s"},
                {"type": "tool_use", "id": "t", "name": "look", "input": {"a": 1}}
            ]},
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t", "content": "a cat"}]}
        ],
        "tools": [{"name": "look", "input_schema": {}}]
    });
    let outputs = json!({
        "id": "m", "type": "message", "role": "assistant", "model": "claude-1", "stop_reason": "end_turn",
        "stop_sequence": null, "content": [{"type": "text", "text": "A cat."}], "usage": {"input_tokens": 3}
    });
    let expected = json!({
        "gen_ai.request.model": "claude",
        "gen_ai.request.max_tokens": 100,
        "gen_ai.request.stop_sequences": ["END"],
        "gen_ai.system_instructions": [{"type": "text", "content": "Be brief."}],
        "gen_ai.input.messages": [
            {"role": "user", "parts": [
                {"type": "text", "content": "Look."},
                {"type": "blob", "modality": "image", "mime_type": "image/png", "content": "AA=="},
                {"type": "uri", "modality": "document", "uri": "https://example.org/a.pdf"}
            ]},
            {"role": "assistant", "parts": [
                {"type": "reasoning", "content": "Hm."},
                {"type": "tool_call", "id": "t", "name": "look", "arguments": {"a": 1}}
            ]},
            {"role": "tool", "parts": [{"type": "tool_call_response", "id": "t", "response": "a cat"}]}
        ],
        "gen_ai.tool.definitions": [{"name": "look", "input_schema": {}}],
        "gen_ai.output.messages": [
            {"role": "assistant", "finish_reason": "end_turn", "parts": [{"type": "text", "content": "A cat."}]}
        ],
        "gen_ai.response.id": "m",
        "gen_ai.response.model": "claude-1",
        "gen_ai.response.finish_reasons": ["end_turn"],
        "mlflow.spanOutputs": {"usage": {"input_tokens": 3}}
    });
    check("CHAT_MODEL", Some("anthropic"), &inputs, &outputs, &expected);
    check("CHAT_MODEL", None, &inputs, &outputs, &expected);
}

#[test]
fn content_of_gemini_in_both_spellings() {
    let expected = json!({
        "gen_ai.request.max_tokens": 50,
        "gen_ai.request.top_k": 3,
        "gen_ai.system_instructions": [{"type": "text", "content": "Be brief."}],
        "gen_ai.input.messages": [
            {"role": "user", "parts": [
                {"type": "text", "content": "Look."},
                {"type": "blob", "modality": "image", "mime_type": "image/png", "content": "AA=="},
                {"type": "uri", "modality": "video", "mime_type": "video/mp4", "uri": "gs://a"}
            ]},
            {"role": "assistant", "parts": [{"type": "tool_call", "name": "look", "arguments": {"a": 1}}]},
            {"role": "tool", "parts": [{"type": "tool_call_response", "name": "look", "response": {"is": "a cat"}}]}
        ],
        "gen_ai.tool.definitions": [{"type": "function", "name": "look"}],
        "gen_ai.output.messages": [{"role": "assistant", "finish_reason": "STOP", "parts": [
            {"type": "reasoning", "content": "Hm."}, {"type": "text", "content": "A cat."}
        ]}],
        "gen_ai.response.id": "g",
        "gen_ai.response.model": "gemini-1",
        "gen_ai.response.finish_reasons": ["STOP"]
    });
    let parts = json!([{"text": "Hm.", "thought": true}, {"text": "A cat."}]);
    let inputs = json!({
        "config": {
            "system_instruction": "Be brief.", "max_output_tokens": 50, "top_k": 3,
            "tools": [{"function_declarations": [{"name": "look"}]}]
        },
        "contents": [
            {"role": "user", "parts": [
                {"text": "Look."}, {"inline_data": {"mime_type": "image/png", "data": "AA=="}},
                {"file_data": {"mime_type": "video/mp4", "file_uri": "gs://a"}}
            ]},
            {"role": "model", "parts": [{"function_call": {"name": "look", "args": {"a": 1}}}]},
            {"role": "user", "parts": [{"function_response": {"name": "look", "response": {"is": "a cat"}}}]}
        ]
    });
    let outputs = json!({
        "candidates": [{"finish_reason": "STOP", "content": {"role": "model", "parts": parts}}],
        "response_id": "g", "model_version": "gemini-1"
    });
    check("LLM", Some("gemini"), &inputs, &outputs, &expected);
    let inputs = json!({
        "systemInstruction": {"parts": [{"text": "Be brief."}]},
        "generationConfig": {"maxOutputTokens": 50, "topK": 3},
        "tools": [{"functionDeclarations": [{"name": "look"}]}],
        "contents": [
            {"role": "user", "parts": [
                {"text": "Look."}, {"inlineData": {"mimeType": "image/png", "data": "AA=="}},
                {"fileData": {"mimeType": "video/mp4", "fileUri": "gs://a"}}
            ]},
            {"role": "model", "parts": [{"functionCall": {"name": "look", "args": {"a": 1}}}]},
            {"role": "user", "parts": [{"functionResponse": {"name": "look", "response": {"is": "a cat"}}}]}
        ]
    });
    let outputs = json!({
        "candidates": [{"finishReason": "STOP", "content": {"role": "model", "parts": parts}}],
        "responseId": "g", "modelVersion": "gemini-1"
    });
    check("LLM", None, &inputs, &outputs, &expected);
}

#[test]
fn conversations_of_bedrock() {
    let inputs = json!({
        "modelId": "nova", "system": [{"text": "Be brief."}],
        "inferenceConfig": {"maxTokens": 60, "stopSequences": ["END"]},
        "toolConfig": {
            "tools": [{"toolSpec": {"name": "look", "inputSchema": {"json": {"type": "object"}}}}],
            "toolChoice": {"auto": {}}
        },
        "messages": [
            {"role": "user", "content": [{"text": "Look."}, {"image": {"format": "gif", "source": {"bytes": "AA=="}}}]},
            {"role": "assistant", "content": [{"toolUse": {"toolUseId": "t", "name": "look", "input": {"a": 1}}}]},
            {"role": "user", "content": [{"toolResult": {"toolUseId": "t", "content": [{"json": {"is": 1}}]}}]},
            {"role": "user", "content": [{"toolResult": {"toolUseId": "u", "content": [{"text": "a"}, {"text": "b"}]}}]}
        ]
    });
    let outputs = json!({"stopReason": "end_turn", "output": {"message": {"role": "assistant", "content": [
        {"reasoningContent": {"reasoningText": {"text": "Hm."}}}, {"text": "A cat."}, {"cachePoint": {"type": "default"}}
    ]}}});
    let expected = json!({
        "gen_ai.request.model": "nova",
        "gen_ai.request.max_tokens": 60,
        "gen_ai.request.stop_sequences": ["END"],
        "gen_ai.system_instructions": [{"type": "text", "content": "Be brief."}],
        "gen_ai.input.messages": [
            {"role": "user", "parts": [
                {"type": "text", "content": "Look."},
                {"type": "blob", "modality": "image", "mime_type": "image/gif", "content": "AA=="}
            ]},
            {"role": "assistant", "parts": [{"type": "tool_call", "id": "t", "name": "look", "arguments": {"a": 1}}]},
            {"role": "tool", "parts": [{"type": "tool_call_response", "id": "t", "response": "{\"is\":1}"}]},
            {"role": "tool", "parts": [{"type": "tool_call_response", "id": "u", "response": "[\"a\", \"b\"]"}]}
        ],
        "gen_ai.tool.definitions": [{"type": "function", "name": "look", "parameters": {"type": "object"}}],
        "gen_ai.output.messages": [{"role": "assistant", "finish_reason": "end_turn", "parts": [
            {"type": "reasoning", "content": "Hm."}, {"type": "text", "content": "A cat."},
            {"type": "text", "content": "{\"cachePoint\":{\"type\":\"default\"}}"}
        ]}],
        "gen_ai.response.finish_reasons": ["end_turn"],
        "mlflow.spanInputs": {"toolConfig": {"toolChoice": {"auto": {}}}}
    });
    check("LLM", Some("bedrock"), &inputs, &outputs, &expected);
    check("LLM", None, &inputs, &outputs, &expected);
}
