# ruff: noqa: I001, UP004
# fmt: off
import logging  # missing on the page
import numpy as np

logger = logging.getLogger(__name__)

class ImageNetCombiner(object):

    def aggregate(self, Xs, features_names):
        return (np.reshape(Xs[0],(1,-1)) + np.reshape(Xs[1], (1,-1)))/2.0
