from . import test_refer_website
