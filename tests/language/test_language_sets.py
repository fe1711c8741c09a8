"""Sets and mappings, sentence by sentence of the language reference."""

from __future__ import annotations

from worlds import Data, codes, problems


def test_ranges_take_expressions_over_scalars() -> None:
    data = Data("param n = 3; set T = -n .. 2 * n - 4; set E = 0..-1;", {"n": 2})
    assert data.set("T") == [-2, -1, 0]
    assert data.set("E") == []
    assert codes("param h = 0.5; set T = 0..h;") == ["E0423"]


def test_literals_and_columns_keep_their_order_of_appearance() -> None:
    data = Data(
        'set U = {"work", "home"}; table c from "c" index v; set V = c.v; set K = c.kind;',
        c={"v": ["b", "a", "c"], "kind": [9, 2, 9]},
    )
    assert data.set("U") == ["work", "home"]
    assert data.set("V") == ["b", "a", "c"]
    assert data.set("K") == [9, 2]


def test_tuples_from_columns_and_from_comprehensions() -> None:
    trips = {"v": ["b", "a", "b", "b"], "k": [2, 1, 1, 2], "n": [0, 1, 2, 3]}
    data = Data(
        'table trips from "t" index n; set V = trips.v; set R = trips.(v, k);'
        "param big[v in V, k in 1..3] = pos(v) + k; set P = {v in V, k in 1..3 : big[v, k] > 2};"
        "set Q = {v in V, w in V : v != w}; set S = {(v, k) in P : k == 3};",
        trips=trips,
    )
    assert data.set("R") == [("b", 2), ("a", 1), ("b", 1)]
    assert data.set("P") == [("b", 3), ("a", 2), ("a", 3)]
    assert data.set("Q") == [("b", "a"), ("a", "b")]
    assert data.set("S") == [("b", 3), ("a", 3)]


def test_a_bound_name_in_a_tuple_filters() -> None:
    data = Data(
        "set V = 1..3; set P = {v in V, w in V : v < w};"
        "param up[v in V] = count{(v, w) in P}; param down[w in V] = sum{(v, w) in P}(v);"
        "param both[v in V, w in V] = count{(v, w) in P};"
    )
    assert data.param("up") == {1: 2, 2: 1, 3: 0}
    assert data.param("down") == {1: 0, 2: 1, 3: 3}
    assert data.param("both") == {(v, w): float(v < w) for v in range(1, 4) for w in range(1, 4)}


def test_union_and_minus_of_subsets_stay_subsets() -> None:
    data = Data(
        "set T = 0..9 cyclic; set A = {t in T : t mod 3 == 0}; set B = {t in T : t > 6};"
        "set U = A union B; set M = A minus B; set L = T minus {0, 2}; set E = T minus T;"
        "set P = {t in T, s in T : s == t + 1}; set Q = P minus {(t, s) in P : t > 2};"
        "param before[t in L] = pos(prev(t)); param at[t in M] = pos(t);"
    )
    assert data.set("U") == [0, 3, 6, 9, 7, 8]
    assert data.set("M") == [0, 3, 6]
    assert data.set("L") == [1, 3, 4, 5, 6, 7, 8, 9]
    assert data.set("E") == []
    assert data.set("Q") == [(0, 1), (1, 2), (2, 3)]
    assert data.param("before")[3] == 2  # a step in T, though 2 is not in L
    assert data.param("at") == {0: 0, 3: 3, 6: 6}


def test_sets_written_in_place_join_to_one_of_their_own() -> None:
    data = Data('set A = {"x", "y"} union {"z", "x"}; set B = 1..5 minus {2, 4};')
    assert data.set("A") == ["x", "y", "z"]
    assert data.set("B") == [1, 3, 5]
    assert codes('set A = {"x"} union {1};') == ["E0220"]
    table = 'table c from "c" index v; set V = c.v; set W = V union {"q"};'
    assert codes(table, c={"v": ["a", "q"]}) == []
    assert [(d.code, d.message) for d in problems(table, c={"v": ["a", "b"]})] == [
        ("E0411", "`q` is not in `V`")
    ]


def test_steps_positions_and_ends() -> None:
    data = Data(
        "set T = 5..9; set R = 5..9 cyclic; set L = {t in T : t >= 7};"
        "param back[t in L] = prev(t, 2); param turn[t in R] = prev(t, 12); param on[t in R] = next(t, 3);"
        "param ahead[t in T : t < 8] = next(t, 2); param less[t in T : t < 9] = prev(t, -1);"
        "param ends[t in L] = 100 * first(L) + 10 * last(L) + pos(t); param n = card(L) + card(T);"
    )
    assert data.param("back") == {7: 5, 8: 6, 9: 7}
    assert data.param("turn") == {5: 8, 6: 9, 7: 5, 8: 6, 9: 7}
    assert data.param("on") == {5: 8, 6: 9, 7: 5, 8: 6, 9: 7}
    assert data.param("ahead") == {5: 7, 6: 8, 7: 9}
    assert data.param("less") == {5: 6, 6: 7, 7: 8, 8: 9}
    assert data.param("ends") == {7: 792, 8: 793, 9: 794}
    assert data.param("n") == 8


def test_steps_off_the_end_and_broken_steps() -> None:
    def text(step: str, where: str = "") -> str:
        return f"set T = 0..3; param p[t in T] = t; param q[t in T{where}] = p[{step}];"

    assert codes(text("prev(t)")) == ["E0212"]  # known before the data is
    assert codes(text("prev(t, pos(t))")) == []
    assert codes(text("prev(t, 2)", " : t >= 1")) == ["E0410"]
    assert codes(text("prev(t)", " : t != first(T)")) == []
    assert codes(text("prev(t, 0.5) else 7")) == ["E0423"]
    assert Data(text("prev(t, 2) else 7")).param("q") == {0: 7, 1: 7, 2: 0, 3: 1}


def test_time_literals_are_read_in_the_zone_of_the_table() -> None:
    stamps = ["2019-12-01T22:30Z", "2019-12-01T23:00Z", "2019-12-02T00:00Z"]
    text = (
        'table p from "p" index time timezone "Europe/Berlin"; set D = {t in p.time : t >= "2019-12-02"};'
        'set E = {t in p.time : "2019-12-01T23:00Z" <= t < "2019-12-02T01:00"}; set T = p.time;'
        'param n = count{t in T : t == "2019-12-02T00:00"};'
    )
    data = Data(text, p={"time": stamps})
    assert data.set("D") == stamps[1:]
    assert data.set("E") == stamps[1:2]
    assert data.param("n") == 1
    assert codes(text.replace('>= "2019-12-02"', '>= "soon"'), p={"time": stamps}) == ["E0421"]


def test_stamps_in_columns_meet_elements() -> None:
    trips = {"v": ["a", "b"], "leave": ["2020-01-01T01:00", "2020-01-01T02:00"]}
    time = [f"2020-01-01T{h:02}:00" for h in range(4)]
    head = 'table p from "p" index time timezone "UTC"; set T = p.time; table trips from "t" index v; set V = trips.v;'
    data = Data(
        head + "mapping leave[v in V] -> T = trips.leave;"
        "set A = {v in V, t in T : trips.leave[v] <= t}; param n[t in T] = count{v in V : leave(v) == t};",
        p={"time": time},
        trips=trips,
    )
    assert data.mapping("leave") == {"a": "2020-01-01T01:00Z", "b": "2020-01-01T02:00Z"}
    assert [label for label, _ in data.set("A")] == ["a", "a", "a", "b", "b"]
    assert list(data.param("n").values()) == [0, 1, 1, 0]


# ---- mappings ------------------------------------------------------------------------------------
def test_targets_are_made_or_declared() -> None:
    data = Data(
        "set T = 0..7; mapping f[t in T] -> B = (7 - t) div 3; mapping g[t in T] -> B = t mod 3;"
        'mapping h[t in T] -> C = if t mod 2 == 0 then "even" else "odd"; mapping i[t in T] -> T = 7 - t;'
    )
    assert data.set("B") == [0, 1, 2]  # numbers sorted
    assert data.set("C") == ["even", "odd"]  # texts as they appear
    assert data.mapping("g") == {t: t % 3 for t in range(8)}
    assert data.mapping("i") == {t: 7 - t for t in range(8)}
    outside = "set T = 0..3; set B = 0..1; mapping f[t in T] -> B = t + 1;"
    [found] = problems(outside)
    assert (found.code, "2 is not in `B`" in found.message) == ("E0412", True)


def test_columns_in_mappings_are_keys() -> None:
    cars = {"v": ["a", "b", "c"], "zone": ["08", "07", "08"], "n": [10, 9, 10]}
    head = 'table cars from "c" index v; set V = cars.v;'
    data = Data(
        head + "mapping z[v in V] -> Z = cars.zone; mapping n[v in V] -> N = cars.n;", cars=cars
    )
    assert data.set("Z") == ["08", "07"]
    assert data.set("N") == [9, 10]
    assert data.mapping("z") == {"a": "08", "b": "07", "c": "08"}
    made = Data(head + "set Z = cars.zone; mapping z[v in V] -> Z = cars.zone;", cars=cars)
    assert made.mapping("z") == {"a": "08", "b": "07", "c": "08"}


def test_mappings_of_tuples_and_of_several_arguments() -> None:
    trips = {"v": ["a", "b", "b"], "k": [1, 1, 2], "leave": [2, 0, 3]}
    data = Data(
        'table trips from "t" index v, k; set T = 0..3; set V = trips.v; set R = trips.(v, k);'
        "mapping leave[(v, k) in R] -> T = trips.leave; mapping far[t in T, s in T] -> D = abs(t - s);"
        "param late[t in T] = count{(v, k) in R : leave(v, k) >= t};"
        "param apart[d in D] = count{t in T, s in T : far(t, s) == d};"
        "param twice[t in T] = sum{(v, k) in R : leave(v, k) == t}(k);",
        trips=trips,
    )
    assert data.mapping("leave") == {("a", 1): 2, ("b", 1): 0, ("b", 2): 3}
    assert data.param("late") == {t: sum(x >= t for x in (2, 0, 3)) for t in range(4)}
    assert data.param("apart") == {
        d: sum(abs(t - s) == d for t in range(4) for s in range(4)) for d in range(4)
    }
    assert data.param("twice") == {0: 1, 1: 0, 2: 1, 3: 2}
    partial = "set T = 0..3; mapping f[t in T : t > 0] -> B = t; param p[t in T] = sum{b in B : f(t) == b}(1);"
    assert codes(partial) == ["E0420"]


def test_membership() -> None:
    data = Data(
        "set T = 0..4; set S = {t in T : t mod 2 == 1}; set P = {t in T, s in T : s == t + 1};"
        "param a[t in T] = if t in S then 1 else 0; param b[t in T] = if (t, 3) in P then 1 else 0;"
        "param c = count{t in T : not t in S and t in {0, 3, 4}};"
    )
    assert data.param("a") == {0: 0, 1: 1, 2: 0, 3: 1, 4: 0}
    assert data.param("b") == {t: float(t == 2) for t in range(5)}
    assert data.param("c") == 2


def test_a_join_may_ask_for_elements_that_are_not_there() -> None:
    """Half of the values lie outside the set: no match, and still not all 10^8 pairs."""
    data = Data(
        "set T = 0..9999; param n[b in T] = count{t in T : t == b + 5000};"
        "param m[b in T] = count{t in T : 2 * t == b};"
    )
    assert sum(data.param("n").values()) == 5000
    assert sum(data.param("m").values()) == 5000
