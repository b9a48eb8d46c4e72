"""Proves that a file of deploy/observability that the chart's copy lacks, has too much of, or has otherwise is named."""

import pathlib
import shutil
import tempfile
import unittest
from unittest import mock

import chart_files


class ChartFiles(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        root = pathlib.Path(folder.name)
        shutil.copytree(chart_files.SOURCE, root / "source")
        for name, path in {"SOURCE": root / "source", "COPY": root / "copy"}.items():
            patch = mock.patch.object(chart_files, name, path)
            patch.start()
            self.addCleanup(patch.stop)
        (root / "copy").mkdir()
        chart_files.write()

    def test_a_copy_is_no_difference(self):
        self.assertEqual(chart_files.differences(), [])

    def test_what_was_changed_added_or_removed_is_named(self):
        (chart_files.SOURCE / "alerts" / "New.yaml").write_text("groups: []")
        (chart_files.COPY / "rules" / "recording.yaml").write_text("groups: []")
        (chart_files.SOURCE / "dashboards" / "orderflow-money.json").unlink()

        self.assertEqual(chart_files.differences(),
                         ["alerts/New.yaml", "dashboards/orderflow-money.json", "rules/recording.yaml"])

    def test_writing_takes_away_what_is_gone(self):
        (chart_files.SOURCE / "dashboards" / "orderflow-money.json").unlink()
        chart_files.write()

        self.assertEqual(chart_files.differences(), [])


if __name__ == "__main__":
    unittest.main()
