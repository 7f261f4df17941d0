//! What the nodes log, as events of the trace.
//!
//! A node runs inside a span that carries its index; whatever is logged in there is the node's. Errors that nodes report
//! about peers are checked by scenarios through the trace, as an operator would read them in a log.

use std::fmt::Write;

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::{Context, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;

use crate::trace::{Actor, Trace};

/// The span in which the node at `index` runs.
pub fn node_span(index: usize) -> tracing::Span {
    tracing::error_span!("simulated_node", index)
}

/// A subscriber that writes what is logged at `level` or above into the trace. Make it the default of the run's thread.
pub fn subscriber(trace: Trace, level: Level) -> impl Subscriber + Send + Sync {
    tracing_subscriber::registry().with(TraceLayer { trace, level })
}

struct TraceLayer {
    trace: Trace,
    level: Level,
}

/// The index of a simulated node, kept with its span.
struct NodeIndex(usize);

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for TraceLayer {
    fn enabled(&self, metadata: &tracing::Metadata<'_>, _: Context<'_, S>) -> bool {
        *metadata.level() <= self.level
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        if attributes.metadata().name() == "simulated_node" {
            let mut visitor = IndexVisitor(None);
            attributes.record(&mut visitor);
            if let (Some(index), Some(span)) = (visitor.0, context.span(id)) {
                span.extensions_mut().insert(NodeIndex(index));
            }
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let node = context.event_scope(event).and_then(|scope| {
            scope.from_root().find_map(|span| span.extensions().get::<NodeIndex>().map(|index| index.0))
        });
        let Some(node) = node else { return };
        let mut line = Line(format!("{:<5}", event.metadata().level().as_str()));
        event.record(&mut line);
        self.trace.record(Actor::Node(node), line.0);
    }
}

struct IndexVisitor(Option<usize>);

impl Visit for IndexVisitor {
    fn record_u64(&mut self, field: &Field, value: u64) {
        if field.name() == "index" {
            self.0 = usize::try_from(value).ok();
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn std::fmt::Debug) {}
}

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        // Writing to a string does not fail.
        let _ = match field.name() {
            "message" => write!(self.0, " {value:?}"),
            name => write!(self.0, " {name}={value:?}"),
        };
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        let _ = match field.name() {
            "message" => write!(self.0, " {value}"),
            name => write!(self.0, " {name}={value}"),
        };
    }
}
