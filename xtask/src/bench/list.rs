//! The list of benchmarks: name, programs, and target ratio.

/// The figure that is judged: for a server its CPU time, since its throughput depends on
/// the load generator too; otherwise wall-clock time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judge {
    /// CPU time per operation of the process under test.
    Cpu,
    /// Wall-clock time per operation.
    Wall,
    /// Resident bytes per operation.
    Bytes,
}

/// The programs that are started.
#[derive(Clone, Debug)]
pub enum Kind {
    /// A program that measures itself.
    Alone(String),
    /// A server, and the load generator that measures it.
    Served(String, String),
}

/// One benchmark.
#[derive(Clone, Debug)]
pub struct Bench {
    /// Its name on the command line.
    pub name: String,
    /// What one operation is.
    pub about: &'static str,
    /// Which programs are started.
    pub kind: Kind,
    /// Which figure decides.
    pub judge: Judge,
    /// The ratio that we want at least, where there is one.
    pub target: Option<f64>,
    /// A point of a sweep: the sweep's name and the abscissa.
    pub sweep: Option<(&'static str, u64)>,
}

type Row = (
    &'static str,
    Judge,
    Option<f64>,
    &'static str,
    &'static str,
    &'static str,
);

use Judge::{Bytes, Cpu, Wall};

/// Name, judge, target, program under test, load (if any), what an operation is.
#[rustfmt::skip]
const ROWS: &[Row] = &[
    ("tcp-echo-1-64", Cpu, Some(1.0), "stream_server tcp echo", "echo conns=1 size=64", "64 bytes there and back"),
    ("tcp-echo-50-64", Cpu, Some(1.0), "stream_server tcp echo", "echo conns=50 size=64", "64 bytes there and back"),
    ("tcp-echo-1000-64", Cpu, Some(1.0), "stream_server tcp echo", "echo conns=1000 size=64", "64 bytes there and back"),
    ("tcp-echo-1-16k", Cpu, Some(1.0), "stream_server tcp echo", "echo conns=1 size=16384", "16 KiB there and back"),
    ("tcp-echo-50-16k", Cpu, Some(1.0), "stream_server tcp echo", "echo conns=50 size=16384", "16 KiB there and back"),
    ("tcp-echo-1000-16k", Cpu, Some(1.0), "stream_server tcp echo", "echo conns=1000 size=16384", "16 KiB there and back"),
    ("tcp-echo-5000-64", Cpu, Some(1.1), "stream_server tcp echo", "echo conns=5000 size=64 warm=250", "64 bytes there and back"),
    ("tcp-echo-10000-64", Cpu, Some(1.1), "stream_server tcp echo", "echo conns=10000 size=64 warm=400", "64 bytes there and back"),
    ("tcp-churn", Cpu, Some(1.05), "stream_server tcp echo", "churn size=64", "connect, 64 bytes there and back, close"),
    ("tcp-sink", Cpu, Some(1.0), "stream_server tcp sink", "sink size=65536", "64 KiB received"),
    ("tcp-source-64k", Cpu, Some(1.2), "stream_server tcp source size=65536 window=4", "source size=65536", "64 KiB sent, 4 writes queued"),
    ("tcp-source-4k", Cpu, Some(1.2), "stream_server tcp source size=4096 window=16", "source size=4096", "4 KiB sent, 16 writes queued"),
    ("tcp-write-8", Cpu, Some(0.9), "stream_server tcp burst size=64 window=8", "echo size=64 reply=512", "a request answered by eight writes"),
    ("tcp-idle-memory", Bytes, Some(0.95), "stream_server tcp idle", "memory conns=10000", "resident bytes of an idle connection"),
    ("unix-echo-1", Cpu, Some(1.05), "stream_server unix echo", "echo conns=1 size=64", "64 bytes there and back"),
    ("unix-echo-50", Cpu, Some(1.05), "stream_server unix echo", "echo conns=50 size=64", "64 bytes there and back"),
    ("unix-echo-1000", Cpu, Some(1.05), "stream_server unix echo", "echo conns=1000 size=64", "64 bytes there and back"),
    ("udp-echo-1", Cpu, Some(1.05), "udp_server echo", "udp-echo conns=1", "a datagram there and back"),
    ("udp-echo-16", Cpu, Some(1.05), "udp_server echo", "udp-echo conns=16", "a datagram there and back"),
    ("udp-sink", Cpu, Some(1.0), "udp_server sink", "udp-sink", "a datagram received"),
    ("udp-sink-mmsg", Cpu, Some(1.0), "udp_server sink mmsg=1", "udp-sink", "a datagram received with UV_UDP_RECVMMSG"),
    ("poll-echo-1", Cpu, Some(1.0), "poll_server", "echo conns=1", "64 bytes there and back over uv_poll"),
    ("poll-echo-50", Cpu, Some(1.0), "poll_server", "echo conns=50", "64 bytes there and back over uv_poll"),
    ("poll-echo-1000", Cpu, Some(1.0), "poll_server", "echo conns=1000", "64 bytes there and back over uv_poll"),
    ("timer-fire-1m", Cpu, Some(8.0), "timers fire n=1000000", "", "one of a million timers started and fired"),
    ("timer-rearm-100k", Wall, Some(8.0), "timers rearm n=100000", "", "uv_timer_start on one of 100,000 live timers"),
    ("timer-again-100k", Wall, Some(8.0), "timers again n=100000", "", "uv_timer_again on one of 100,000 live timers"),
    ("timer-stop-start-100k", Wall, Some(5.0), "timers stop-start n=100000", "", "uv_timer_stop and start among 100,000"),
    ("async-1", Wall, Some(8.0), "async hot n=1", "", "a wake-up by the loop's own thread"),
    ("async-1-of-10k", Wall, Some(200.0), "async hot n=10000", "", "a wake-up among 10,000 handles"),
    ("async-flood-2", Wall, Some(1.2), "async flood n=2", "", "a send, two threads to one handle"),
    ("async-flood-2-own", Wall, None, "async flood n=2 own=1", "", "a send, two threads to a handle each"),
    ("async-ping-pong", Wall, Some(1.0), "async ping-pong", "", "a round trip between two loops"),
    ("work-1", Wall, Some(5.0), "work queue n=1", "", "empty work, 1 in flight"),
    ("work-16", Wall, Some(1.5), "work queue n=16", "", "empty work, 16 in flight"),
    ("work-256", Wall, Some(2.0), "work queue n=256", "", "empty work, 256 in flight"),
    ("work-2-long", Wall, Some(0.97), "work queue n=2 us=50", "", "work of 50 µs, 2 in flight"),
    ("dns-literal-1", Wall, Some(0.9), "work dns n=1", "", "uv_getaddrinfo of a numeric address"),
    ("dns-literal-16", Wall, Some(0.9), "work dns n=16", "", "the same, 16 in flight"),
    ("fs-read-1", Wall, Some(20.0), "fs read n=1", "", "4 KiB from the page cache, 1 in flight"),
    ("fs-read-8", Wall, Some(6.0), "fs read n=8", "", "the same, 8 in flight"),
    ("fs-read-64", Wall, Some(1.5), "fs read n=64", "", "the same, 64 in flight"),
    ("fs-open-1", Wall, Some(8.0), "fs open n=1", "", "open and close, cached, 1 in flight"),
    ("fs-open-8", Wall, Some(3.0), "fs open n=8", "", "the same, 8 in flight"),
    ("fs-open-64", Wall, Some(1.2), "fs open n=64", "", "the same, 64 in flight"),
    ("fs-stat-1", Wall, Some(8.0), "fs stat n=1", "", "stat, cached, 1 in flight"),
    ("fs-stat-8", Wall, Some(3.0), "fs stat n=8", "", "the same, 8 in flight"),
    ("fs-stat-64", Wall, Some(1.2), "fs stat n=64", "", "the same, 64 in flight"),
    ("spawn-call", Wall, Some(1.5), "process spawn", "", "the time that uv_spawn blocks"),
    ("spawn-exit-200", Cpu, Some(2.0), "process exits n=200", "", "an exit among 200 live children"),
    ("spawn-exit-200-wall", Wall, None, "process exits n=200", "", "from kill to exit callback, 200 live children"),
    ("signal", Wall, Some(1.5), "process signals", "", "from kill to callback"),
    ("signal-1000", Wall, Some(1.4), "process signals n=1000", "", "a callback, 1,000 handles for one signal"),
    ("loop-turn", Wall, Some(4.0), "loop turns", "", "uv_run(NOWAIT) with an idle handle"),
    ("loop-30k-handles", Wall, Some(0.97), "loop handles n=10000", "", "a callback of an idle, prepare or check handle"),
    ("loop-quiet", Cpu, None, "loop quiet", "", "a second in which nothing happens"),
];

/// Name, judge, what an operation is, program, load, points; `{}` is the point.
type Sweep = (
    &'static str,
    Judge,
    &'static str,
    &'static str,
    &'static str,
    &'static [u64],
);

#[rustfmt::skip]
const SWEEPS: &[Sweep] = &[
    ("scale-connections", Cpu, "64 bytes there and back", "stream_server tcp echo",
        "echo conns={} warm=250", &[1, 10, 100, 1_000, 5_000, 10_000]),
    ("scale-timers", Cpu, "one timer started and fired", "timers fire n={}", "",
        &[1_000, 10_000, 100_000, 1_000_000, 10_000_000]),
    ("scale-async", Wall, "a wake-up of one handle among them", "async hot n={}", "",
        &[1, 10, 100, 1_000, 10_000, 100_000]),
    ("scale-children", Cpu, "an exit among that many live children", "process exits n={}", "",
        &[1, 10, 100, 300, 1_000]),
    ("scale-fs", Wall, "4 KiB from the page cache", "fs read n={}", "",
        &[1, 3, 10, 30, 100, 300, 1_000]),
];

fn kind(program: &str, load: &str) -> Kind {
    match load {
        "" => Kind::Alone(program.to_owned()),
        load => Kind::Served(program.to_owned(), load.to_owned()),
    }
}

/// Returns all benchmarks, the sweeps last.
pub fn all() -> Vec<Bench> {
    let plain = ROWS
        .iter()
        .map(|&(name, judge, target, program, load, about)| Bench {
            name: name.to_owned(),
            about,
            kind: kind(program, load),
            judge,
            target,
            sweep: None,
        });
    let points = SWEEPS
        .iter()
        .flat_map(|&(name, judge, about, program, load, points)| {
            points.iter().map(move |&n| {
                let at = |text: &str| text.replace("{}", &n.to_string());
                Bench {
                    name: format!("{name}/{n}"),
                    about,
                    kind: kind(&at(program), &at(load)),
                    judge,
                    target: None,
                    sweep: Some((name, n)),
                }
            })
        });
    plain.chain(points).collect()
}

/// Returns the benchmarks whose names begin with one of `names`; all but the sweeps if
/// there is none. `all` includes the sweeps.
pub fn chosen(names: &[String]) -> Vec<Bench> {
    let wanted = |bench: &Bench| match names {
        [] => bench.sweep.is_none(),
        names => names
            .iter()
            .any(|name| name == "all" || is_asked(&bench.name, name)),
    };
    all().into_iter().filter(wanted).collect()
}

/// `tcp-echo` asks for `tcp-echo-50-64`; `work-1` asks for itself, not `work-16`.
fn is_asked(bench: &str, name: &str) -> bool {
    bench
        .strip_prefix(name)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(['-', '/']))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn names_are_unique_and_programs_exist() {
        let mut seen = HashSet::new();
        let dir = harness::toolbox::root().join("c-tests/bench");
        for bench in all() {
            let (Kind::Alone(line) | Kind::Served(line, _)) = &bench.kind;
            let program = line.split(' ').next().unwrap();
            assert!(dir.join(program).with_extension("c").is_file(), "{line}");
            assert!(seen.insert(bench.name.clone()), "{} twice", bench.name);
        }
    }

    #[test]
    fn a_name_asks_for_itself_or_its_family() {
        let names = |name: &str| -> Vec<String> {
            let found = chosen(&[name.to_owned()]);
            found.into_iter().map(|bench| bench.name).collect()
        };
        assert_eq!(names("work-1"), ["work-1"]);
        assert_eq!(names("scale-async").len(), 6);
        assert!(names("tcp").len() > 10);
        assert!(names("nothing").is_empty());
        assert!(chosen(&[]).iter().all(|bench| bench.sweep.is_none()));
    }
}
