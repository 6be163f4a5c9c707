"""Samples: the packaged list, and downloads from a server on this machine that misbehaves on request."""

import hashlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import typer
from typer.testing import CliRunner

from superemitter.cli.samples import samples as samples_command
from superemitter.model.errors import DownloadError, InvalidValue, OutputError, OutputExists, UsageError
from superemitter.observe import samples as module
from superemitter.observe.samples import Sample, SampleFile, download, list_samples

CONTENT = bytes(range(256)) * 1000
SHA = hashlib.sha256(CONTENT).hexdigest()


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        server = self.server
        server.ranges.append(self.headers.get("Range"))
        mode = server.modes.pop(0) if server.modes else "good"
        if mode in ("404", "416", "500"):
            self.send_error(int(mode))
            return
        if mode.startswith("to "):
            self.send_response(302)
            self.send_header("Location", mode.removeprefix("to "))
            self.end_headers()
            return
        body, start = server.body, 0
        requested = self.headers.get("Range")
        if requested and mode != "ignores range":
            start = int(requested.removeprefix("bytes=").rstrip("-"))
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
        else:
            self.send_response(200)
        self.send_header("Content-Length", str(len(body) - start))
        self.end_headers()
        self.wfile.write(body[start : 100_000 if mode == "breaks off" else None])

    def log_message(self, *args):
        pass


@pytest.fixture
def server(socket_enabled):
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        running.body, running.modes, running.ranges = CONTENT, [], []
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def sample_at(server, sha256=SHA) -> Sample:
    url = f"http://127.0.0.1:{server.server_port}/pinned/file.bin"
    file = SampleFile(url=url, sha256=sha256, bytes=len(CONTENT))
    return Sample(name="test", what="", proves="", source="", licence="", files=(file,))


def test_every_packaged_sample_has_address_checksum_licence_size_and_purpose():
    listed = list_samples()
    assert len({s.name for s in listed}) == len(listed) == 5
    assert sum(len(s.files) for s in listed) == 14
    for sample in listed:
        assert sample.licence and sample.what and sample.proves and sample.source
        assert len({f.name for f in sample.files}) == len(sample.files)
        assert all(f.url.startswith("https://") for f in sample.files)


def test_packaged_records_are_those_of_the_real_files(shared_data):
    recorded = json.loads((shared_data / "samples.json").read_text(encoding="utf-8"))
    ours = {(s.name, f.url, f.sha256, f.bytes, s.licence) for s in list_samples() for f in s.files}
    assert ours == {(r["sample"], r["url"], r["sha256"], r["bytes"], r["licence"]) for r in recorded}


def test_a_download_has_the_content_and_leaves_nothing_else(server, tmp_path):
    seen = []
    (path,) = download(sample_at(server), tmp_path, progress=lambda file, done: seen.append(done))
    assert path == tmp_path / "test" / "file.bin"
    assert path.read_bytes() == CONTENT
    assert [p.name for p in path.parent.iterdir()] == ["file.bin"]
    assert seen[0] == 0 and seen[-1] == len(CONTENT) and seen == sorted(seen)


def test_a_file_that_is_there_and_right_is_not_fetched_again(server, tmp_path):
    download(sample_at(server), tmp_path)
    download(sample_at(server), tmp_path)
    assert len(server.ranges) == 1


def test_another_file_of_that_name_is_kept_unless_overwriting_is_asked_for(server, tmp_path):
    (tmp_path / "test").mkdir()
    mine = tmp_path / "test" / "file.bin"
    mine.write_bytes(b"mine")
    with pytest.raises(OutputExists):
        download(sample_at(server), tmp_path)
    assert mine.read_bytes() == b"mine"
    download(sample_at(server), tmp_path, overwrite=True)
    assert mine.read_bytes() == CONTENT


def test_a_broken_transfer_goes_on_where_it_stopped(server, tmp_path):
    server.modes = ["breaks off"]
    with pytest.raises(DownloadError, match="100000 of 256000"):
        download(sample_at(server), tmp_path)
    assert [p.name for p in (tmp_path / "test").iterdir()] == ["file.bin.part"]
    (path,) = download(sample_at(server), tmp_path)
    assert server.ranges == [None, "bytes=100000-"]
    assert path.read_bytes() == CONTENT


@pytest.mark.parametrize("modes", [["ignores range"], ["416"]])
def test_a_server_that_does_not_continue_is_read_from_the_start(server, tmp_path, modes):
    (tmp_path / "test").mkdir()
    (tmp_path / "test" / "file.bin.part").write_bytes(CONTENT[:5000])
    server.modes = modes
    (path,) = download(sample_at(server), tmp_path)
    assert path.read_bytes() == CONTENT


def test_without_resume_the_rest_of_an_earlier_transfer_is_thrown_away(server, tmp_path):
    (tmp_path / "test").mkdir()
    (tmp_path / "test" / "file.bin.part").write_bytes(b"rubbish")
    (path,) = download(sample_at(server), tmp_path, resume=False)
    assert server.ranges == [None]
    assert path.read_bytes() == CONTENT


def test_a_complete_part_is_only_checked(server, tmp_path):
    (tmp_path / "test").mkdir()
    (tmp_path / "test" / "file.bin.part").write_bytes(CONTENT)
    download(sample_at(server), tmp_path)
    assert server.ranges == []


@pytest.mark.parametrize("start", [b"", b"rubbish"])
def test_a_wrong_checksum_leaves_nothing_behind(server, tmp_path, start):
    (tmp_path / "test").mkdir()
    (tmp_path / "test" / "file.bin.part").write_bytes(start)
    with pytest.raises(DownloadError, match="SHA-256"):
        download(sample_at(server, sha256=SHA if start else "0" * 64), tmp_path)
    assert list((tmp_path / "test").iterdir()) == []


def test_more_than_the_recorded_size_is_not_taken(server, tmp_path):
    server.body = CONTENT * 3
    with pytest.raises(DownloadError, match="larger than the recorded"):
        download(sample_at(server), tmp_path)
    assert not (tmp_path / "test" / "file.bin").exists()


@pytest.mark.parametrize("mode", ["404", "500"])
def test_a_refusal_of_the_server_is_reported(server, tmp_path, mode):
    server.modes = [mode]
    with pytest.raises(DownloadError, match=f"answers {mode}"):
        download(sample_at(server), tmp_path)


def test_nobody_listening_is_reported(server, tmp_path):
    def refuse(request, timeout_s):
        raise ConnectionRefusedError("refused")

    with pytest.raises(DownloadError, match="cannot be reached: refused"):
        download(sample_at(server), tmp_path, opener=refuse)


@pytest.mark.parametrize("to", ["http://example.org/file.bin", "file:///etc/passwd", "ftp://127.0.0.1/x"])
def test_a_redirect_to_anything_unsafe_is_refused(server, tmp_path, to):
    server.modes = [f"to {to}"]
    with pytest.raises(DownloadError):
        download(sample_at(server), tmp_path)
    assert not list((tmp_path / "test").iterdir())


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/a",
        "file:///etc/passwd",
        "https://example.org/",
        "https://example.org/..",
        "https://e.org/a%2Fb",
    ],
)
def test_an_unsafe_address_is_no_sample(url):
    with pytest.raises(InvalidValue):
        SampleFile(url=url, sha256=SHA, bytes=1)


def test_a_folder_that_cannot_be_made_is_an_output_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError):
        download(list_samples()[0], tmp_path / "file")


# the command


@pytest.fixture
def run():
    app = typer.Typer()
    app.command()(samples_command)
    return lambda *arguments: CliRunner().invoke(app, arguments)


def test_the_command_lists_every_sample(run):
    table = run().stdout
    listed = json.loads(run("--json").stdout)
    assert [entry["name"] for entry in listed] == [s.name for s in list_samples()]
    assert listed[0]["files"][0]["sha256"] in {f.sha256 for f in list_samples()[0].files}
    assert "CC BY 4.0" in table


def test_the_command_downloads_what_is_named(run, server, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "list_samples", lambda: (sample_at(server),))
    result = run("test", "--out", str(tmp_path), "--json")
    assert json.loads(result.stdout) == {"test": [str(tmp_path / "test" / "file.bin")]}
    again = run("all", "--out", str(tmp_path))
    assert again.stdout.split() == [str(tmp_path / "test" / "file.bin")]


def test_an_unknown_name_downloads_nothing(run):
    result = run("gem-coal-methane", "no-such-sample")
    assert isinstance(result.exception, UsageError)
