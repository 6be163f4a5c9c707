# ---- held against an inventory

ACTIVITY = (
    "name,year,source,tier,activity_t,activity_u95_percent\nNorth mine,2024,coal-underground-mining,1,{coal},2\n"
)


def test_sources_of_a_box_are_chosen_and_their_assumptions_told(book):
    chosen = source_ids_of(book, bbox=(61.0, 36.0, 62.0, 37.0))
    assert chosen == tuple(one.source_id for one in list_sources(book))
    assert source_ids_of(book, bbox=(0.0, 0.0, 1.0, 1.0)) == ()
    (said,), told = observed_sources(book, chosen, 2024)
    assert said.persistence == pytest.approx(3 / 5, abs=0.03) and told == ()
    with pytest.raises(UsageError):
        source_ids_of(book)


def test_nothing_looked_in_another_year_and_an_assumed_persistence_is_told(book, write_scan):
    time = "2023-05-01T06:00:00Z"
    scan = write_scan([scan_plume(1, 61.5, 36.5, 700.0)], scene_id="OLD", run_id="old", time=time)
    register_scans(book, [scan], now=SEEN + timedelta(days=300))
    ids = source_ids_of(book, bbox=(61.0, 36.0, 62.0, 37.0))
    (said,), told = observed_sources(book, ids, 2023, assumed_persistence=0.5)
    assert said.emission.value == pytest.approx(700 * 0.5 * 8.76) and told[0].startswith("ASSUMED")
    assert observed_sources(book, ids, 2019) == ((), ())


@pytest.mark.parametrize(("coal", "words"), [(10_000, "more seen than reported"), (9_000_000, "cannot say")])
def test_the_command_reconciles_a_basin_with_the_register(database, tmp_path, capsys, coal, words):
    (tmp_path / "a.csv").write_text(ACTIVITY.format(coal=coal))
    arguments = ["reconcile", str(tmp_path / "a.csv"), "--year", "2024", "--bbox", "61,36,62,37"]
    assert main([*arguments, "--db", str(database)]) == 0
    assert words in capsys.readouterr().out


@pytest.mark.parametrize("box", ["1,2,3", "a,b,c,d", "0,50,1,40", "0,0,1,91"])
def test_a_box_that_is_none_is_an_error(database, tmp_path, capsys, box):
    (tmp_path / "a.csv").write_text(ACTIVITY.format(coal=1))
    assert (
        main(["reconcile", str(tmp_path / "a.csv"), "--year", "2024", f"--bbox={box}", "--db", str(database)]) == 2
    )
    assert "--bbox" in capsys.readouterr().err
