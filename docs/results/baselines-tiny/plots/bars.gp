# Mean and interval of every model in every task
# Made by synerbench report. To change the picture: edit this file, then run in its folder: gnuplot bars.gp
set encoding utf8
do for [format in "svg png"] {
reset
if (format eq "svg") {
  set terminal svg noenhanced size 1500,690 font "sans-serif,13" background "#ffffff" name "bars"
} else {
  set terminal pngcairo noenhanced size 1500*1.5,690*1.5 fontscale 1.5 linewidth 1.5 pointscale 1.5 font "sans-serif,10" background "#ffffff"
}
set output "bars.".format
width = 0.030000
set multiplot
set style fill solid 0.85 noborder
set yrange [0:1]
set ylabel "SSIM ↑, synermed-2d@1"
set border 3 linecolor "#444444"
set tics nomirror out
set grid ytics linetype 1 linecolor "#e3e3e3" linewidth 1
set xtics scale 0
set lmargin 10
set rmargin 2
set bmargin 3.2
set tmargin 2
set size 1,0.434783
set origin 0,0.434783
set xrange [-0.6:3.6]
set title "synthrad2023+autopet" offset 0,-0.4
set xtics ("brain\nCBCT→CT" 0, "brain\nMRI→CT" 1, "brain\nCT→MRI" 2, "wb\nCT→PET" 3)
unset key
set key at screen 0.5,0.991304 center top horizontal Left reverse samplen 1 width 0.5
plot \
  'bars.dat' using ($1==0 && $3==0 && $8==1 ? $4 : NaN):(0):($4-width/2):($4+width/2):(0):5 with boxxyerror linecolor "#8a9097" title "Constant", \
  'bars.dat' using ($1==0 && $3==0 && $8==0 ? $4 : NaN):(0):($4-width/2):($4+width/2):(0):5 with boxxyerror linecolor "#8a9097" fillstyle solid 0.25 border linecolor "#8a9097" notitle, \
  'bars.dat' using ($1==0 && $3==1 && $8==1 ? $4 : NaN):(0):($4-width/2):($4+width/2):(0):5 with boxxyerror linecolor "#b4b9bf" title "Identity", \
  'bars.dat' using ($1==0 && $3==1 && $8==0 ? $4 : NaN):(0):($4-width/2):($4+width/2):(0):5 with boxxyerror linecolor "#b4b9bf" fillstyle solid 0.25 border linecolor "#b4b9bf" notitle, \
  'bars.dat' using ($1==0 && $3==2 && $8==1 ? $4 : NaN):(0):($4-width/2):($4+width/2):(0):5 with boxxyerror linecolor "#636a72" title "Mean image", \
  'bars.dat' using ($1==0 && $3==2 && $8==0 ? $4 : NaN):(0):($4-width/2):($4+width/2):(0):5 with boxxyerror linecolor "#636a72" fillstyle solid 0.25 border linecolor "#636a72" notitle, \
  'bars.dat' using ($1==0 && $3==3 && $8==1 ? $4 : NaN):(0):($4-width/2):($4+width/2):(0):5 with boxxyerror linecolor "#cfd3d7" title "Straight line", \
  'bars.dat' using ($1==0 && $3==3 && $8==0 ? $4 : NaN):(0):($4-width/2):($4+width/2):(0):5 with boxxyerror linecolor "#cfd3d7" fillstyle solid 0.25 border linecolor "#cfd3d7" notitle, \
  'bars.dat' using ($1==0 && $3==4 && $8==1 ? $4 : NaN):(0):($4-width/2):($4+width/2):(0):5 with boxxyerror linecolor "#8a9097" title "Monotone map", \
  'bars.dat' using ($1==0 && $3==4 && $8==0 ? $4 : NaN):(0):($4-width/2):($4+width/2):(0):5 with boxxyerror linecolor "#8a9097" fillstyle solid 0.25 border linecolor "#8a9097" notitle, \
  'bars.dat' using ($1==0 && $3==5 && $8==1 ? $4 : NaN):(0):($4-width/2):($4+width/2):(0):5 with boxxyerror linecolor "#b4b9bf" title "Nearest training slice", \
  'bars.dat' using ($1==0 && $3==5 && $8==0 ? $4 : NaN):(0):($4-width/2):($4+width/2):(0):5 with boxxyerror linecolor "#b4b9bf" fillstyle solid 0.25 border linecolor "#b4b9bf" notitle, \
  'bars.dat' using ($1==0 && $3==6 && $8==1 ? $4 : NaN):(0):($4-width/2):($4+width/2):(0):5 with boxxyerror linecolor "#0072B2" title "BBDM", \
  'bars.dat' using ($1==0 && $3==6 && $8==0 ? $4 : NaN):(0):($4-width/2):($4+width/2):(0):5 with boxxyerror linecolor "#0072B2" fillstyle solid 0.25 border linecolor "#0072B2" notitle, \
  'bars.dat' using ($1==0 && $3==7 && $8==1 ? $4 : NaN):(0):($4-width/2):($4+width/2):(0):5 with boxxyerror linecolor "#D55E00" title "Flow U-Net", \
  'bars.dat' using ($1==0 && $3==7 && $8==0 ? $4 : NaN):(0):($4-width/2):($4+width/2):(0):5 with boxxyerror linecolor "#D55E00" fillstyle solid 0.25 border linecolor "#D55E00" notitle, \
  'bars.dat' using ($1==0 && $3==8 && $8==1 ? $4 : NaN):(0):($4-width/2):($4+width/2):(0):5 with boxxyerror linecolor "#009E73" title "HealthGPT (re-implementation)", \
  'bars.dat' using ($1==0 && $3==8 && $8==0 ? $4 : NaN):(0):($4-width/2):($4+width/2):(0):5 with boxxyerror linecolor "#009E73" fillstyle solid 0.25 border linecolor "#009E73" notitle, \
  'bars.dat' using ($1==0 && $3==9 && $8==1 ? $4 : NaN):(0):($4-width/2):($4+width/2):(0):5 with boxxyerror linecolor "#CC79A7" title "RCD (released U-Net)", \
  'bars.dat' using ($1==0 && $3==9 && $8==0 ? $4 : NaN):(0):($4-width/2):($4+width/2):(0):5 with boxxyerror linecolor "#CC79A7" fillstyle solid 0.25 border linecolor "#CC79A7" notitle, \
  'bars.dat' using ($1==0 && $3==10 && $8==1 ? $4 : NaN):(0):($4-width/2):($4+width/2):(0):5 with boxxyerror linecolor "#E69F00" title "Pix2Pix (pix2pix-s1)", \
  'bars.dat' using ($1==0 && $3==10 && $8==0 ? $4 : NaN):(0):($4-width/2):($4+width/2):(0):5 with boxxyerror linecolor "#E69F00" fillstyle solid 0.25 border linecolor "#E69F00" notitle, \
  'bars.dat' using ($1==0 && $3==11 && $8==1 ? $4 : NaN):(0):($4-width/2):($4+width/2):(0):5 with boxxyerror linecolor "#56B4E9" title "Pix2Pix (pix2pix-s2)", \
  'bars.dat' using ($1==0 && $3==11 && $8==0 ? $4 : NaN):(0):($4-width/2):($4+width/2):(0):5 with boxxyerror linecolor "#56B4E9" fillstyle solid 0.25 border linecolor "#56B4E9" notitle, \
  'bars.dat' using ($1==0 && $3==12 && $8==1 ? $4 : NaN):(0):($4-width/2):($4+width/2):(0):5 with boxxyerror linecolor "#1b1d20" title "Pix2Pix (pix2pix-s3)", \
  'bars.dat' using ($1==0 && $3==12 && $8==0 ? $4 : NaN):(0):($4-width/2):($4+width/2):(0):5 with boxxyerror linecolor "#1b1d20" fillstyle solid 0.25 border linecolor "#1b1d20" notitle, \
  'bars.dat' using ($1==0 && $3==13 && $8==1 ? $4 : NaN):(0):($4-width/2):($4+width/2):(0):5 with boxxyerror linecolor "#0072B2" title "CycleGAN (cyclegan-s1)", \
  'bars.dat' using ($1==0 && $3==13 && $8==0 ? $4 : NaN):(0):($4-width/2):($4+width/2):(0):5 with boxxyerror linecolor "#0072B2" fillstyle solid 0.25 border linecolor "#0072B2" notitle, \
  'bars.dat' using ($1==0 && $3==14 && $8==1 ? $4 : NaN):(0):($4-width/2):($4+width/2):(0):5 with boxxyerror linecolor "#D55E00" title "CycleGAN (cyclegan-s2)", \
  'bars.dat' using ($1==0 && $3==14 && $8==0 ? $4 : NaN):(0):($4-width/2):($4+width/2):(0):5 with boxxyerror linecolor "#D55E00" fillstyle solid 0.25 border linecolor "#D55E00" notitle, \
  'bars.dat' using ($1==0 && $3==15 && $8==1 ? $4 : NaN):(0):($4-width/2):($4+width/2):(0):5 with boxxyerror linecolor "#009E73" title "ResViT (resvit-s1)", \
  'bars.dat' using ($1==0 && $3==15 && $8==0 ? $4 : NaN):(0):($4-width/2):($4+width/2):(0):5 with boxxyerror linecolor "#009E73" fillstyle solid 0.25 border linecolor "#009E73" notitle, \
  'bars.dat' using ($1==0 && $3==16 && $8==1 ? $4 : NaN):(0):($4-width/2):($4+width/2):(0):5 with boxxyerror linecolor "#CC79A7" title "ResViT (resvit-s2)", \
  'bars.dat' using ($1==0 && $3==16 && $8==0 ? $4 : NaN):(0):($4-width/2):($4+width/2):(0):5 with boxxyerror linecolor "#CC79A7" fillstyle solid 0.25 border linecolor "#CC79A7" notitle, \
  'bars.dat' using ($1==0 && $3==17 && $8==1 ? $4 : NaN):(0):($4-width/2):($4+width/2):(0):5 with boxxyerror linecolor "#E69F00" title "RCD (reconstruction) (rcd-s1)", \
  'bars.dat' using ($1==0 && $3==17 && $8==0 ? $4 : NaN):(0):($4-width/2):($4+width/2):(0):5 with boxxyerror linecolor "#E69F00" fillstyle solid 0.25 border linecolor "#E69F00" notitle, \
  'bars.dat' using ($1==0 && $3==18 && $8==1 ? $4 : NaN):(0):($4-width/2):($4+width/2):(0):5 with boxxyerror linecolor "#56B4E9" title "SynDiff (syndiff-s1)", \
  'bars.dat' using ($1==0 && $3==18 && $8==0 ? $4 : NaN):(0):($4-width/2):($4+width/2):(0):5 with boxxyerror linecolor "#56B4E9" fillstyle solid 0.25 border linecolor "#56B4E9" notitle, \
  'bars.dat' using ($1==0 && $3==19 && $8==1 ? $4 : NaN):(0):($4-width/2):($4+width/2):(0):5 with boxxyerror linecolor "#1b1d20" title "CycleGAN (cyclegan-s3)", \
  'bars.dat' using ($1==0 && $3==19 && $8==0 ? $4 : NaN):(0):($4-width/2):($4+width/2):(0):5 with boxxyerror linecolor "#1b1d20" fillstyle solid 0.25 border linecolor "#1b1d20" notitle, \
  'bars.dat' using ($1==0 && $3==20 && $8==1 ? $4 : NaN):(0):($4-width/2):($4+width/2):(0):5 with boxxyerror linecolor "#0072B2" title "ResViT (resvit-s3)", \
  'bars.dat' using ($1==0 && $3==20 && $8==0 ? $4 : NaN):(0):($4-width/2):($4+width/2):(0):5 with boxxyerror linecolor "#0072B2" fillstyle solid 0.25 border linecolor "#0072B2" notitle, \
  'bars.dat' using ($1==0 && $3==21 && $8==1 ? $4 : NaN):(0):($4-width/2):($4+width/2):(0):5 with boxxyerror linecolor "#D55E00" title "RCD (reconstruction) (rcd-s2)", \
  'bars.dat' using ($1==0 && $3==21 && $8==0 ? $4 : NaN):(0):($4-width/2):($4+width/2):(0):5 with boxxyerror linecolor "#D55E00" fillstyle solid 0.25 border linecolor "#D55E00" notitle, \
  'bars.dat' using ($1==0 && $3==22 && $8==1 ? $4 : NaN):(0):($4-width/2):($4+width/2):(0):5 with boxxyerror linecolor "#009E73" title "RCD (reconstruction) (rcd-s3)", \
  'bars.dat' using ($1==0 && $3==22 && $8==0 ? $4 : NaN):(0):($4-width/2):($4+width/2):(0):5 with boxxyerror linecolor "#009E73" fillstyle solid 0.25 border linecolor "#009E73" notitle, \
  'bars.dat' using ($1==0 && $3==23 && $8==1 ? $4 : NaN):(0):($4-width/2):($4+width/2):(0):5 with boxxyerror linecolor "#CC79A7" title "SynDiff (syndiff-s2)", \
  'bars.dat' using ($1==0 && $3==23 && $8==0 ? $4 : NaN):(0):($4-width/2):($4+width/2):(0):5 with boxxyerror linecolor "#CC79A7" fillstyle solid 0.25 border linecolor "#CC79A7" notitle, \
  'bars.dat' using ($1==0 && $3==24 && $8==1 ? $4 : NaN):(0):($4-width/2):($4+width/2):(0):5 with boxxyerror linecolor "#E69F00" title "SynDiff (syndiff-s3)", \
  'bars.dat' using ($1==0 && $3==24 && $8==0 ? $4 : NaN):(0):($4-width/2):($4+width/2):(0):5 with boxxyerror linecolor "#E69F00" fillstyle solid 0.25 border linecolor "#E69F00" notitle, \
  'bars.dat' using ($1==0 && $3==25 && $8==1 ? $4 : NaN):(0):($4-width/2):($4+width/2):(0):5 with boxxyerror linecolor "#56B4E9" title "BAGEL", \
  'bars.dat' using ($1==0 && $3==25 && $8==0 ? $4 : NaN):(0):($4-width/2):($4+width/2):(0):5 with boxxyerror linecolor "#56B4E9" fillstyle solid 0.25 border linecolor "#56B4E9" notitle, \
  'bars.dat' using ($1==0 && $3==26 && $8==1 ? $4 : NaN):(0):($4-width/2):($4+width/2):(0):5 with boxxyerror linecolor "#1b1d20" title "SynerMedGen", \
  'bars.dat' using ($1==0 && $3==26 && $8==0 ? $4 : NaN):(0):($4-width/2):($4+width/2):(0):5 with boxxyerror linecolor "#1b1d20" fillstyle solid 0.25 border linecolor "#1b1d20" notitle, \
  'bars.dat' using ($1==0 && $3==27 && $8==1 ? $4 : NaN):(0):($4-width/2):($4+width/2):(0):5 with boxxyerror linecolor "#0072B2" title "UniMedVL", \
  'bars.dat' using ($1==0 && $3==27 && $8==0 ? $4 : NaN):(0):($4-width/2):($4+width/2):(0):5 with boxxyerror linecolor "#0072B2" fillstyle solid 0.25 border linecolor "#0072B2" notitle, \
  'bars.dat' using ($1==0 && $6!=$7 ? $4 : NaN):6:(0):($7-$6) with vectors nohead linecolor "#1b1d20" linewidth 1.2 notitle, \
  'bars-floor.dat' using ($1==0 ? $2-0.44 : NaN):3:(0.88):(0) with vectors nohead linecolor "#1b1d20" linewidth 1 dashtype (6,4) title "floor"
set size 1,0.434783
set origin 0,0.000000
set xrange [-0.6:3.6]
set title "brats" offset 0,-0.4
set xtics ("brats\nT1→T1c" 0, "brats\nT1→T2" 1)
unset key
plot \
  'bars.dat' using ($1==1 && $3==0 && $8==1 ? $4 : NaN):(0):($4-width/2):($4+width/2):(0):5 with boxxyerror linecolor "#8a9097" title "Constant", \
  'bars.dat' using ($1==1 && $3==0 && $8==0 ? $4 : NaN):(0):($4-width/2):($4+width/2):(0):5 with boxxyerror linecolor "#8a9097" fillstyle solid 0.25 border linecolor "#8a9097" notitle, \
  'bars.dat' using ($1==1 && $3==1 && $8==1 ? $4 : NaN):(0):($4-width/2):($4+width/2):(0):5 with boxxyerror linecolor "#b4b9bf" title "Identity", \
  'bars.dat' using ($1==1 && $3==1 && $8==0 ? $4 : NaN):(0):($4-width/2):($4+width/2):(0):5 with boxxyerror linecolor "#b4b9bf" fillstyle solid 0.25 border linecolor "#b4b9bf" notitle, \
  'bars.dat' using ($1==1 && $3==2 && $8==1 ? $4 : NaN):(0):($4-width/2):($4+width/2):(0):5 with boxxyerror linecolor "#636a72" title "Mean image", \
  'bars.dat' using ($1==1 && $3==2 && $8==0 ? $4 : NaN):(0):($4-width/2):($4+width/2):(0):5 with boxxyerror linecolor "#636a72" fillstyle solid 0.25 border linecolor "#636a72" notitle, \
  'bars.dat' using ($1==1 && $3==3 && $8==1 ? $4 : NaN):(0):($4-width/2):($4+width/2):(0):5 with boxxyerror linecolor "#cfd3d7" title "Straight line", \
  'bars.dat' using ($1==1 && $3==3 && $8==0 ? $4 : NaN):(0):($4-width/2):($4+width/2):(0):5 with boxxyerror linecolor "#cfd3d7" fillstyle solid 0.25 border linecolor "#cfd3d7" notitle, \
  'bars.dat' using ($1==1 && $3==4 && $8==1 ? $4 : NaN):(0):($4-width/2):($4+width/2):(0):5 with boxxyerror linecolor "#8a9097" title "Monotone map", \
  'bars.dat' using ($1==1 && $3==4 && $8==0 ? $4 : NaN):(0):($4-width/2):($4+width/2):(0):5 with boxxyerror linecolor "#8a9097" fillstyle solid 0.25 border linecolor "#8a9097" notitle, \
  'bars.dat' using ($1==1 && $3==5 && $8==1 ? $4 : NaN):(0):($4-width/2):($4+width/2):(0):5 with boxxyerror linecolor "#b4b9bf" title "Nearest training slice", \
  'bars.dat' using ($1==1 && $3==5 && $8==0 ? $4 : NaN):(0):($4-width/2):($4+width/2):(0):5 with boxxyerror linecolor "#b4b9bf" fillstyle solid 0.25 border linecolor "#b4b9bf" notitle, \
  'bars.dat' using ($1==1 && $3==6 && $8==1 ? $4 : NaN):(0):($4-width/2):($4+width/2):(0):5 with boxxyerror linecolor "#0072B2" title "BBDM", \
  'bars.dat' using ($1==1 && $3==6 && $8==0 ? $4 : NaN):(0):($4-width/2):($4+width/2):(0):5 with boxxyerror linecolor "#0072B2" fillstyle solid 0.25 border linecolor "#0072B2" notitle, \
  'bars.dat' using ($1==1 && $3==7 && $8==1 ? $4 : NaN):(0):($4-width/2):($4+width/2):(0):5 with boxxyerror linecolor "#D55E00" title "Flow U-Net", \
  'bars.dat' using ($1==1 && $3==7 && $8==0 ? $4 : NaN):(0):($4-width/2):($4+width/2):(0):5 with boxxyerror linecolor "#D55E00" fillstyle solid 0.25 border linecolor "#D55E00" notitle, \
  'bars.dat' using ($1==1 && $3==8 && $8==1 ? $4 : NaN):(0):($4-width/2):($4+width/2):(0):5 with boxxyerror linecolor "#009E73" title "HealthGPT (re-implementation)", \
  'bars.dat' using ($1==1 && $3==8 && $8==0 ? $4 : NaN):(0):($4-width/2):($4+width/2):(0):5 with boxxyerror linecolor "#009E73" fillstyle solid 0.25 border linecolor "#009E73" notitle, \
  'bars.dat' using ($1==1 && $3==9 && $8==1 ? $4 : NaN):(0):($4-width/2):($4+width/2):(0):5 with boxxyerror linecolor "#CC79A7" title "RCD (released U-Net)", \
  'bars.dat' using ($1==1 && $3==9 && $8==0 ? $4 : NaN):(0):($4-width/2):($4+width/2):(0):5 with boxxyerror linecolor "#CC79A7" fillstyle solid 0.25 border linecolor "#CC79A7" notitle, \
  'bars.dat' using ($1==1 && $3==10 && $8==1 ? $4 : NaN):(0):($4-width/2):($4+width/2):(0):5 with boxxyerror linecolor "#E69F00" title "Pix2Pix (pix2pix-s1)", \
  'bars.dat' using ($1==1 && $3==10 && $8==0 ? $4 : NaN):(0):($4-width/2):($4+width/2):(0):5 with boxxyerror linecolor "#E69F00" fillstyle solid 0.25 border linecolor "#E69F00" notitle, \
  'bars.dat' using ($1==1 && $3==11 && $8==1 ? $4 : NaN):(0):($4-width/2):($4+width/2):(0):5 with boxxyerror linecolor "#56B4E9" title "Pix2Pix (pix2pix-s2)", \
  'bars.dat' using ($1==1 && $3==11 && $8==0 ? $4 : NaN):(0):($4-width/2):($4+width/2):(0):5 with boxxyerror linecolor "#56B4E9" fillstyle solid 0.25 border linecolor "#56B4E9" notitle, \
  'bars.dat' using ($1==1 && $3==12 && $8==1 ? $4 : NaN):(0):($4-width/2):($4+width/2):(0):5 with boxxyerror linecolor "#1b1d20" title "Pix2Pix (pix2pix-s3)", \
  'bars.dat' using ($1==1 && $3==12 && $8==0 ? $4 : NaN):(0):($4-width/2):($4+width/2):(0):5 with boxxyerror linecolor "#1b1d20" fillstyle solid 0.25 border linecolor "#1b1d20" notitle, \
  'bars.dat' using ($1==1 && $3==13 && $8==1 ? $4 : NaN):(0):($4-width/2):($4+width/2):(0):5 with boxxyerror linecolor "#0072B2" title "CycleGAN (cyclegan-s1)", \
  'bars.dat' using ($1==1 && $3==13 && $8==0 ? $4 : NaN):(0):($4-width/2):($4+width/2):(0):5 with boxxyerror linecolor "#0072B2" fillstyle solid 0.25 border linecolor "#0072B2" notitle, \
  'bars.dat' using ($1==1 && $3==14 && $8==1 ? $4 : NaN):(0):($4-width/2):($4+width/2):(0):5 with boxxyerror linecolor "#D55E00" title "CycleGAN (cyclegan-s2)", \
  'bars.dat' using ($1==1 && $3==14 && $8==0 ? $4 : NaN):(0):($4-width/2):($4+width/2):(0):5 with boxxyerror linecolor "#D55E00" fillstyle solid 0.25 border linecolor "#D55E00" notitle, \
  'bars.dat' using ($1==1 && $3==15 && $8==1 ? $4 : NaN):(0):($4-width/2):($4+width/2):(0):5 with boxxyerror linecolor "#009E73" title "ResViT (resvit-s1)", \
  'bars.dat' using ($1==1 && $3==15 && $8==0 ? $4 : NaN):(0):($4-width/2):($4+width/2):(0):5 with boxxyerror linecolor "#009E73" fillstyle solid 0.25 border linecolor "#009E73" notitle, \
  'bars.dat' using ($1==1 && $3==16 && $8==1 ? $4 : NaN):(0):($4-width/2):($4+width/2):(0):5 with boxxyerror linecolor "#CC79A7" title "ResViT (resvit-s2)", \
  'bars.dat' using ($1==1 && $3==16 && $8==0 ? $4 : NaN):(0):($4-width/2):($4+width/2):(0):5 with boxxyerror linecolor "#CC79A7" fillstyle solid 0.25 border linecolor "#CC79A7" notitle, \
  'bars.dat' using ($1==1 && $3==17 && $8==1 ? $4 : NaN):(0):($4-width/2):($4+width/2):(0):5 with boxxyerror linecolor "#E69F00" title "RCD (reconstruction) (rcd-s1)", \
  'bars.dat' using ($1==1 && $3==17 && $8==0 ? $4 : NaN):(0):($4-width/2):($4+width/2):(0):5 with boxxyerror linecolor "#E69F00" fillstyle solid 0.25 border linecolor "#E69F00" notitle, \
  'bars.dat' using ($1==1 && $3==18 && $8==1 ? $4 : NaN):(0):($4-width/2):($4+width/2):(0):5 with boxxyerror linecolor "#56B4E9" title "SynDiff (syndiff-s1)", \
  'bars.dat' using ($1==1 && $3==18 && $8==0 ? $4 : NaN):(0):($4-width/2):($4+width/2):(0):5 with boxxyerror linecolor "#56B4E9" fillstyle solid 0.25 border linecolor "#56B4E9" notitle, \
  'bars.dat' using ($1==1 && $3==19 && $8==1 ? $4 : NaN):(0):($4-width/2):($4+width/2):(0):5 with boxxyerror linecolor "#1b1d20" title "CycleGAN (cyclegan-s3)", \
  'bars.dat' using ($1==1 && $3==19 && $8==0 ? $4 : NaN):(0):($4-width/2):($4+width/2):(0):5 with boxxyerror linecolor "#1b1d20" fillstyle solid 0.25 border linecolor "#1b1d20" notitle, \
  'bars.dat' using ($1==1 && $3==20 && $8==1 ? $4 : NaN):(0):($4-width/2):($4+width/2):(0):5 with boxxyerror linecolor "#0072B2" title "ResViT (resvit-s3)", \
  'bars.dat' using ($1==1 && $3==20 && $8==0 ? $4 : NaN):(0):($4-width/2):($4+width/2):(0):5 with boxxyerror linecolor "#0072B2" fillstyle solid 0.25 border linecolor "#0072B2" notitle, \
  'bars.dat' using ($1==1 && $3==21 && $8==1 ? $4 : NaN):(0):($4-width/2):($4+width/2):(0):5 with boxxyerror linecolor "#D55E00" title "RCD (reconstruction) (rcd-s2)", \
  'bars.dat' using ($1==1 && $3==21 && $8==0 ? $4 : NaN):(0):($4-width/2):($4+width/2):(0):5 with boxxyerror linecolor "#D55E00" fillstyle solid 0.25 border linecolor "#D55E00" notitle, \
  'bars.dat' using ($1==1 && $3==22 && $8==1 ? $4 : NaN):(0):($4-width/2):($4+width/2):(0):5 with boxxyerror linecolor "#009E73" title "RCD (reconstruction) (rcd-s3)", \
  'bars.dat' using ($1==1 && $3==22 && $8==0 ? $4 : NaN):(0):($4-width/2):($4+width/2):(0):5 with boxxyerror linecolor "#009E73" fillstyle solid 0.25 border linecolor "#009E73" notitle, \
  'bars.dat' using ($1==1 && $3==23 && $8==1 ? $4 : NaN):(0):($4-width/2):($4+width/2):(0):5 with boxxyerror linecolor "#CC79A7" title "SynDiff (syndiff-s2)", \
  'bars.dat' using ($1==1 && $3==23 && $8==0 ? $4 : NaN):(0):($4-width/2):($4+width/2):(0):5 with boxxyerror linecolor "#CC79A7" fillstyle solid 0.25 border linecolor "#CC79A7" notitle, \
  'bars.dat' using ($1==1 && $3==24 && $8==1 ? $4 : NaN):(0):($4-width/2):($4+width/2):(0):5 with boxxyerror linecolor "#E69F00" title "SynDiff (syndiff-s3)", \
  'bars.dat' using ($1==1 && $3==24 && $8==0 ? $4 : NaN):(0):($4-width/2):($4+width/2):(0):5 with boxxyerror linecolor "#E69F00" fillstyle solid 0.25 border linecolor "#E69F00" notitle, \
  'bars.dat' using ($1==1 && $3==25 && $8==1 ? $4 : NaN):(0):($4-width/2):($4+width/2):(0):5 with boxxyerror linecolor "#56B4E9" title "BAGEL", \
  'bars.dat' using ($1==1 && $3==25 && $8==0 ? $4 : NaN):(0):($4-width/2):($4+width/2):(0):5 with boxxyerror linecolor "#56B4E9" fillstyle solid 0.25 border linecolor "#56B4E9" notitle, \
  'bars.dat' using ($1==1 && $3==26 && $8==1 ? $4 : NaN):(0):($4-width/2):($4+width/2):(0):5 with boxxyerror linecolor "#1b1d20" title "SynerMedGen", \
  'bars.dat' using ($1==1 && $3==26 && $8==0 ? $4 : NaN):(0):($4-width/2):($4+width/2):(0):5 with boxxyerror linecolor "#1b1d20" fillstyle solid 0.25 border linecolor "#1b1d20" notitle, \
  'bars.dat' using ($1==1 && $3==27 && $8==1 ? $4 : NaN):(0):($4-width/2):($4+width/2):(0):5 with boxxyerror linecolor "#0072B2" title "UniMedVL", \
  'bars.dat' using ($1==1 && $3==27 && $8==0 ? $4 : NaN):(0):($4-width/2):($4+width/2):(0):5 with boxxyerror linecolor "#0072B2" fillstyle solid 0.25 border linecolor "#0072B2" notitle, \
  'bars.dat' using ($1==1 && $6!=$7 ? $4 : NaN):6:(0):($7-$6) with vectors nohead linecolor "#1b1d20" linewidth 1.2 notitle, \
  'bars-floor.dat' using ($1==1 ? $2-0.44 : NaN):3:(0.88):(0) with vectors nohead linecolor "#1b1d20" linewidth 1 dashtype (6,4) notitle
unset multiplot
set output
}
