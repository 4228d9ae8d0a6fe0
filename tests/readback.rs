//! What MLflow's own Python client, and a real `mlflow server`, say about the traces of a Rust program.

mod support;

use std::sync::LazyLock;
use std::time::Duration;

use support::{Checks, Folder, checks, python, rust_program};

static REPORT: LazyLock<Checks> = LazyLock::new(|| {
    let folder = Folder::new("readback");
    rust_program("shop").within(folder.path()).run().quiet(0);
    assert_eq!(folder.names(), ["mlflow.db"], "one finished file, nothing beside it");
    let file = folder.file("mlflow.db");
    Checks::from(&python("readback.py").arg(file).limit(Duration::from_secs(300)).run().succeeded())
});

checks!(*REPORT =>
    every_call_without_a_caller_is_a_trace,
    nested_calls_make_the_tree,
    inputs_and_outputs_are_the_values_of_the_call,
    attributes_are_stored_as_values,
    what_the_program_says_of_the_trace_is_stored,
    an_error_ends_each_span_that_it_passes,
    an_error_that_is_handled_stays_in_its_span,
    a_panic_ends_its_spans_with_its_message,
    asynchronous_calls_nest_like_others_and_a_dropped_one_is_cancelled,
    three_tasks_at_once_keep_their_own_children,
    eight_threads_make_a_trace_each,
    a_closure_on_another_thread_belongs_to_the_span_that_sent_it,
    tokens_model_and_cost_are_summed_over_the_tree,
    previews_show_chats_long_texts_and_what_was_set,
    what_the_body_records_wins_over_what_the_attribute_saw,
    times_are_ordered_and_recent,
    searches_find_the_traces,
    a_trace_of_its_own_goes_to_its_experiment_and_links_the_span_that_began_it,
    a_server_on_the_file_serves_every_trace_over_rest,
);
