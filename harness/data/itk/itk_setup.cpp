#include "harness/data/itk/itk_setup.h"

#include <gdcmGlobal.h>
#include <gdcmImageHelper.h>
#include <gdcmTrace.h>
#include <itkGDCMImageIO.h>
#include <itkImageFileReader.h>
#include <itkImageFileWriter.h>
#include <itkMetaImageIO.h>
#include <itkNiftiImageIO.h>
#include <itkResampleImageFilter.h>

#include "harness/data/itk/itk_image.h"

namespace synerbench::itk_bridge {
namespace {

template <class Object>
void make_one() {
  [[maybe_unused]] const auto object = Object::New();
}

}  // namespace

void set_up_itk() {
  [[maybe_unused]] static const bool done = [] {
    // Warnings go to stderr, which belongs to app/. What matters is checked here and thrown.
    itk::Object::SetGlobalWarningDisplay(false);
    gdcm::Trace::WarningOff();
    gdcm::Trace::ErrorOff();
    // Slope and intercept of an MR are applied only on request.
    gdcm::ImageHelper::SetForceRescaleInterceptSlope(true);
    gdcm::Global::GetInstance();
    make_one<itk::NiftiImageIO>();
    make_one<itk::MetaImageIO>();
    make_one<itk::GDCMImageIO>();
    make_one<itk::ImageFileReader<Image<float>>>();
    make_one<itk::ImageFileWriter<Image<float>>>();
    make_one<itk::ResampleImageFilter<Image<float>, Image<float>, double>>();
    return true;
  }();
}

}  // namespace synerbench::itk_bridge
